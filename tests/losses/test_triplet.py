import math

import pytest
import torch

from gcl.losses import Triplet, triplet

U = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]])
V = torch.tensor([[1.0, 0.0], [4.0, 2.0], [0.0, 2.0]])


def test_all_negatives_on_paper():
    # squared distances of row 0: to its match 1, to the others 20 and 4
    rows = triplet(U, V, margin=5.0, reduction="none")
    assert rows.tolist() == pytest.approx([(0 + 2) / 2, (0 + 0) / 2, (0 + 0) / 2])
    assert triplet(U, V, margin=5.0, reduction="sum").item() == pytest.approx(1.0)


@pytest.mark.parametrize(("distance", "gap"), [("squared", 1 - 4), ("euclidean", 1 - 2)])
def test_hardest_negative_is_the_nearest_other_row(distance, gap):
    rows = triplet(U, V, margin=5.0, negatives="hardest", distance=distance, reduction="none")
    assert rows[0].item() == pytest.approx(5 + gap)


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("block_size", [None, 2])
def test_hardest_equals_the_loop(distance, block_size):
    u, v = torch.randn(2, 8, 3, dtype=torch.float64)
    u, v = u.requires_grad_(), v.requires_grad_()
    power = 2 if distance == "squared" else 1
    options = {"margin": 0.7, "distance": distance, "block_size": block_size}
    rows = triplet(u, v, negatives="hardest", reduction="none", **options)
    d = torch.cdist(u, v) ** power
    others = d.detach().clone().fill_diagonal_(math.inf).argmin(1)
    expected = (d.diagonal() - d[torch.arange(8), others] + 0.7).relu()
    torch.testing.assert_close(rows, expected)
    ours, theirs = (torch.autograd.grad(r.sum(), (u, v)) for r in (rows, expected))
    torch.testing.assert_close(ours, theirs)


def test_a_common_shift_costs_no_digits():
    u, v = torch.randn(2, 20, 4)
    assert torch.allclose(triplet(u + 500, v + 500), triplet(u, v), rtol=1e-3)


def test_matches_far_nearer_than_others_cost_nothing():
    z = (10 * torch.eye(4)).requires_grad_()
    loss = triplet(z, z)
    loss.backward()
    assert loss == 0
    assert torch.equal(z.grad, torch.zeros(4, 4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": -1.0}, "margin must be a finite number, 0 or above, got -1.0"),
        ({"negatives": "hard"}, r"negatives must be one of all, hardest; got 'hard'"),
        ({"distance": "cosine"}, "distance must be one of squared, euclidean; got 'cosine'"),
        ({"distance": "euclidean"}, "distance must be 'squared' for negatives='all'"),
        ({"negatives": "hardest", "precision": "bf16"}, "precision='bf16' would be ignored"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Triplet(**options)


def test_one_row_has_no_negative():
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        triplet(torch.ones(1, 2), torch.ones(1, 2))
