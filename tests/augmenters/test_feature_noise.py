import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import FeatureNoise


def test_spread():
    noise = FeatureNoise(std=0.3)(Data(x=torch.full((300, 200), 2.0))).x - 2
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("std", [-0.1, float("nan"), float("inf")])
def test_bad_std(std):
    with pytest.raises(ValueError, match=f"std must be a finite number, 0 or above, got {std}"):
        FeatureNoise(std)


def test_integer_features_are_refused():
    with pytest.raises(TypeError, match="x must have a floating-point dtype"):
        FeatureNoise()(Data(x=torch.ones(2, 2, dtype=torch.long)))
