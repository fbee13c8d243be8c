import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import FeatureDrop


def test_entries_fall_independently_with_probability_p():
    x = FeatureDrop(0.2)(Data(x=torch.full((300, 200), 3.0))).x
    assert sorted(x.unique().tolist()) == [0.0, 3.0]  # no rescaling
    kept = (x > 0).float()
    assert kept.mean().item() == pytest.approx(0.8, abs=0.01)
    for dim in (0, 1):  # binomial spread along rows and along columns
        n = kept.size(dim)
        assert kept.mean(dim).std().item() == pytest.approx((0.16 / n) ** 0.5, rel=0.25)


def test_ends(path_graph):
    assert not FeatureDrop(1.0)(path_graph).x.any()
    assert torch.equal(FeatureDrop(0.0)(path_graph).x, path_graph.x)
