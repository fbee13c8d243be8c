import pytest
import torch
from torch_geometric.data import Batch, Data

from gcl.augmenters import FeatureMask
from gcl.functional import mask_features


def test_equals_its_functional_twin(path_graph):
    def seeded():
        return torch.Generator().manual_seed(2)

    expected, mask = mask_features(path_graph.x, 0.5, generator=seeded())
    assert 0 < int(mask.sum()) < 3
    assert torch.equal(FeatureMask(0.5, generator=seeded())(path_graph).x, expected)


def test_p_is_the_probability_of_masking():
    x = FeatureMask(0.2)(Data(x=torch.ones(2, 50_000))).x
    assert x.mean().item() == pytest.approx(0.8, abs=0.01)  # 0.2 if inverted, 1 if rescaled


def test_one_mask_for_all_nodes_of_a_batch():
    data = Data(x=torch.ones(3, 50))
    x = FeatureMask(0.5)(Batch.from_data_list([data, data])).x
    assert torch.equal(x, x[:1].expand(6, -1))
    assert 0 < x.mean() < 1


def test_ends(path_graph):
    assert not FeatureMask(1.0)(path_graph).x.any()
    assert torch.equal(FeatureMask(0.0)(path_graph).x, path_graph.x)
