import itertools

import pytest
import torch

from gcl.functional.sorting import soft_rank_share


def mask(size, *ranks):
    return torch.tensor([rank in ranks for rank in range(size)])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_steep_network_sorts_exactly(order):
    x = torch.tensor([order], dtype=torch.float64)
    for rank in range(4):
        share = soft_rank_share(x, mask(4, rank), steepness=1e9)
        assert torch.allclose(share, (x == rank).double(), atol=1e-6)


def test_two_entries_on_paper():
    x = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    # Layer 0 keeps the order to 1/2 + arctan(1)/pi = 3/4; layer 1 compares nothing.
    share = soft_rank_share(x, mask(2, 1))
    assert torch.allclose(share, torch.tensor([[0.25, 0.75]], dtype=torch.float64))


def test_shares_form_a_doubly_stochastic_matrix():
    x = torch.randn(3, 5, dtype=torch.float64)
    p = torch.stack([soft_rank_share(x, mask(5, rank)) for rank in range(5)], dim=2)
    ones = torch.ones(3, 5, dtype=torch.float64)
    assert torch.allclose(p.sum(1), ones)
    assert torch.allclose(p.sum(2), ones)
    assert torch.allclose(p[:, :, 3] + p[:, :, 4], soft_rank_share(x, mask(5, 3, 4)))


def test_equal_entries_are_spread():
    assert torch.allclose(soft_rank_share(torch.zeros(1, 2), mask(2, 0)), torch.full((1, 2), 0.5))


def test_gradient():
    x = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: soft_rank_share(x, mask(5, 3, 4)), x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ranks": mask(3, 1)},
            r"ranks must be a mask of shape \[2\], got a tensor of shape \[3\]",
        ),
        ({"ranks": torch.ones(2)}, "ranks must be a mask.*float32"),
        ({"steepness": 0.0}, "steepness must be a finite number above 0, got 0.0"),
        ({"x": torch.ones(2)}, "x must have 2 dimensions"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        soft_rank_share(**{"x": torch.ones(1, 2), "ranks": mask(2, 0)} | options)
