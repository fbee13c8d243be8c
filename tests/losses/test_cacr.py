import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.losses import CACR, alignment, cacr


def test_two_rows_have_one_negative_each():
    z1, z2 = torch.randn(2, 2, 3, dtype=torch.float64)
    u, v = normalize(z1), normalize(z2)
    d = torch.cdist(u, v).square()
    expected = (d[0, 0] + d[1, 1] - d[0, 1] - d[1, 0]) / 2
    assert torch.isclose(cacr(z1, z2), expected)


def test_attraction_to_one_positive_is_alignment():
    z = torch.eye(4, dtype=torch.float64)
    far = torch.roll(z, 1, 0)  # the negatives of row i: itself at distance 0, two at 2
    weights = torch.tensor([1.0, math.exp(-4), math.exp(-4)], dtype=torch.float64)
    repulsion = (weights * torch.tensor([0.0, 2.0, 2.0])).sum() / weights.sum()
    assert torch.isclose(cacr(z, far), alignment(z, far) - repulsion)


def test_far_positives_pull_more():
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    positives = torch.tensor([[[0.0, 3.0]], [[0.0, -1.0]]], dtype=torch.float64)  # distance 2
    weight = math.exp(2 * 0.7) / (math.exp(2 * 0.7) + 1)
    assert cacr(z, z, positives, t_positive=0.7).item() == pytest.approx(2 * weight - 4)


def test_gradient_flows_through_both_weights_and_all_positives():
    z1, z2 = torch.randn(2, 4, 3, dtype=torch.float64)
    positives = torch.randn(4, 2, 3, dtype=torch.float64)
    inputs = [x.requires_grad_() for x in (z1, z2, positives)]
    assert torch.autograd.gradcheck(lambda *x: cacr(*x, t_negative=3.0), inputs)


@pytest.mark.parametrize("t", [0.5, 40.0], ids=["bounded", "needs the row maximum"])
def test_repulsion_equals_dense(t):
    z1, z2 = (x.requires_grad_() for x in torch.randn(2, 9, 5, dtype=torch.float64).unbind())
    u, v = normalize(z1), normalize(z2)
    d = (2 - 2 * u @ v.t())[~torch.eye(9, dtype=torch.bool)].view(9, 8)
    expected = alignment(z1, z2) - ((-t * d).softmax(1) * d).sum(1).mean()
    ours = cacr(z1, z2, t_negative=t)
    assert torch.isclose(ours, expected)
    gradients = (torch.autograd.grad(f, (z1, z2)) for f in (ours, expected))
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(
    ("positives", "error", "message"),
    [
        (torch.ones(4, 3), ValueError, r"positives must have shape \[4, K, 3\].*\[4, 3\]"),
        (torch.ones(5, 2, 3), ValueError, r"positives must have shape \[4, K, 3\].*\[5, 2, 3\]"),
        ([1], TypeError, r"positives must be a tensor \[N, K, D\] or None, got \[1\]"),
        (torch.full((4, 1, 3), math.nan), ValueError, "positives must be finite, got nan"),
    ],
)
def test_bad_positives_are_named(positives, error, message):
    with pytest.raises(error, match=message):
        cacr(torch.ones(4, 3), torch.ones(4, 3), positives)


@pytest.mark.parametrize("name", ["t_positive", "t_negative"])
def test_bad_options_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be a finite number above 0, got 0.0"):
        CACR(**{name: 0.0})
