import pytest
import torch

from gcl.encoders import GroupWhitening
from gcl.functional.whitening import whiten_groups


def test_training_draws_groups_and_evaluation_does_not():
    z = torch.randn(30, 8) @ torch.randn(8, 8)
    layer = GroupWhitening(4)
    assert not torch.allclose(layer(z), layer(z))
    layer.eval()
    assert torch.equal(layer(z), whiten_groups(z, 4))


def test_generator_repeats_the_draws():
    z = torch.randn(30, 8) @ torch.randn(8, 8)
    first, second = (
        GroupWhitening(4, generator=torch.Generator().manual_seed(1))(z) for _ in range(2)
    )
    assert torch.equal(first, second)


def test_has_no_state():
    assert GroupWhitening(4).state_dict() == {}


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="num_groups must be at least 1, got 0"):
        GroupWhitening(0)
    with pytest.raises(TypeError, match="generator must be a torch.Generator or None, got 3"):
        GroupWhitening(2, generator=3)
    with pytest.raises(ValueError, match="z must have 2 dimensions"):
        GroupWhitening(2)(torch.ones(4))
