import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy, normalize

from gcl.losses import GroCo, gro_co


def test_one_negative_on_paper():
    z1 = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # Every anchor: negative at cosine 0, positive at 1; the network keeps them to 3/4.
    assert gro_co(z1, z1, num_negatives=1).item() == pytest.approx(-math.log(0.75))
    # Exchanged: negative 0, positive 0.
    assert gro_co(z1, z1.flip(0), num_negatives=1).item() == pytest.approx(-math.log(0.5))


def test_only_the_hardest_negatives_count():
    u = torch.tensor([[1.0, 0.0], [1.0, 0.2], [-1.0, 0.1], [-1.0, -0.1]])
    moved = u.clone()
    moved[2:] = torch.tensor([[-1.0, 0.4], [-1.0, -0.5]])
    before, after = (gro_co(x, x, num_negatives=1, reduction="none") for x in (u, moved))
    assert torch.equal(before[:2], after[:2])


def test_gradient_flows_through_the_anchor_alone():
    z1, z2 = (x.requires_grad_() for x in torch.randn(2, 5, 3).unbind())
    row = gro_co(z1, z2, num_negatives=2, reduction="none")[3]
    row.backward()
    for z in (z1, z2):  # row 3 is an anchor in either view
        assert z.grad[3].norm() > 0
        assert torch.equal(z.grad[[0, 1, 2, 4]], torch.zeros(4, 3))


def test_further_positives_are_ordered_too():
    z1, z2 = torch.randn(2, 6, 4)
    good, bad = z1[:, None] + 0.01 * torch.randn(6, 2, 4), -z1[:, None]
    assert gro_co(z1, z1, good, num_negatives=3) < gro_co(z1, z1, bad, num_negatives=3)
    order = torch.tensor([1, 0])
    shuffled = gro_co(z1, z2, good[:, order], num_negatives=3)
    assert torch.isclose(gro_co(z1, z2, good, num_negatives=3), shuffled)


def test_steepness_of_any_size_stays_finite():
    z1, z2 = (x.requires_grad_() for x in torch.randn(2, 9, 3).unbind())
    loss = gro_co(z1, z2, num_negatives=5, steepness=1e8)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z1.grad).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_negatives": 0}, "num_negatives must be at least 1, got 0"),
        ({"steepness": 0.0}, "steepness must be a finite number above 0, got 0.0"),
        ({"block_size": 0}, "block_size must be at least 1, got 0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        GroCo(**options)


def test_more_negatives_than_rows_are_refused():
    with pytest.raises(ValueError, match=r"num_negatives must be at most 4.*\[5, 3\].*got 10"):
        GroCo()(torch.ones(5, 3), torch.ones(5, 3))


def sorted_softly(values, steepness):
    """The permutation matrix of odd-even transposition sort, a product of one matrix a layer."""
    total = torch.eye(len(values), dtype=values.dtype)
    for layer in range(len(values)):
        step = torch.eye(len(values), dtype=values.dtype)
        for a in range(layer % 2, len(values) - 1, 2):
            keep = 0.5 + torch.atan(steepness * (values[a + 1] - values[a])) / math.pi
            step[[a, a + 1], [a, a + 1]] = keep
            step[[a, a + 1], [a + 1, a]] = 1 - keep
        values, total = step @ values, step @ total
    return total


def test_value_and_gradient_are_those_of_the_whole_permutation_matrix():
    u, v = (x.requires_grad_() for x in torch.randn(2, 6, 3, dtype=torch.float64).unbind())
    expected, target = 0.0, torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
    for x, y in ((normalize(u), normalize(v)), (normalize(v), normalize(u))):
        for i in range(6):
            others = torch.cat([x[:i], x[i + 1 :]]).detach()
            near = (others @ x[i]).topk(2).values.flip(0)
            matrix = sorted_softly(torch.cat([near, (y[i].detach() @ x[i])[None]]), 2.0)
            low, high = matrix[:2].sum(0), matrix[2]  # shares of the negative and positive ranks
            loss = binary_cross_entropy(low, target) + binary_cross_entropy(high, 1 - target)
            expected = expected + loss / 2 / 12
    ours = gro_co(u, v, num_negatives=2, steepness=2.0)
    torch.testing.assert_close(ours, expected)
    gradients = (torch.autograd.grad(f, (u, v)) for f in (ours, expected))
    torch.testing.assert_close(*gradients)
