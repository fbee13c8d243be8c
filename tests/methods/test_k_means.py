import pytest
import torch

from gcl.methods.k_means import k_means_centers


def test_finds_the_means_of_groups_far_apart():
    z = torch.tensor([[0.0, 0], [0, 2], [50, 0], [50, 4]])
    centers = k_means_centers(z, 2, 5)
    assert sorted(centers.tolist()) == [[0, 1], [50, 2]]


def test_is_repeatable_by_torchs_seed_and_keeps_dtype():
    z, found = torch.randn(200, 3).double(), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(k_means_centers(z, 20, 1))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert found[0].dtype == torch.float64
    assert k_means_centers(z.bfloat16(), 2, 1).dtype == torch.bfloat16


def test_equal_points_are_allowed_and_too_few_are_not():
    assert torch.equal(k_means_centers(torch.ones(4, 2), 3, 2), torch.ones(3, 2))
    with pytest.raises(ValueError, match="at most the 2 nodes, got 3"):
        k_means_centers(torch.ones(2, 2), 3, 2)
