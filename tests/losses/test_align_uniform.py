import math

import pytest
import torch

from gcl.losses import AlignUniform, align_uniform, alignment, uniformity


def test_alignment_is_the_mean_power_of_the_distance():
    z1 = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    z2 = torch.tensor([[3.0, 0.0], [1.0, 0.0]])  # unit rows at distance 0 and sqrt 2
    assert alignment(z1, z2).item() == pytest.approx(1.0)
    assert alignment(z1, z2, alpha=1.0).item() == pytest.approx(math.sqrt(2) / 2)


def test_uniformity_of_orthogonal_and_of_equal_rows():
    assert uniformity(torch.eye(5), t=3.0).item() == pytest.approx(-6.0)
    assert uniformity(torch.ones(5, 2)).item() == pytest.approx(0.0, abs=1e-5)


def test_a_zero_row_lies_at_the_origin():
    z = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    assert uniformity(z, t=2.0).item() == pytest.approx(-2.0)


@pytest.mark.parametrize("t", [2.0, 60.0], ids=["bounded", "needs the row maximum"])
def test_uniformity_equals_pdist(t):
    z = torch.randn(30, 6, dtype=torch.float64, requires_grad=True)
    x = torch.nn.functional.normalize(z)
    expected = torch.pdist(x).square().mul(-t).exp().mean().log()
    ours = uniformity(z, t=t)
    assert torch.allclose(ours, expected)
    first, second = (torch.autograd.grad(f, z)[0] for f in (ours, expected))
    assert torch.allclose(first, second)


def test_linear_alignment_of_equal_views_has_a_finite_gradient():
    z = torch.randn(4, 3, requires_grad=True)
    alignment(z, z.detach(), alpha=1.0).backward()
    assert torch.isfinite(z.grad).all()


def test_loss_is_its_parts():
    u, v = torch.randn(2, 6, 3)
    parts = alignment(u, v) + 0.3 * (uniformity(u) + uniformity(v)) / 2
    assert torch.isclose(align_uniform(u, v, weight=0.3), parts)
    assert torch.isclose(align_uniform(u, v, weight=0.0), alignment(u, v))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0.5}, "alpha must be a finite number, 1 or above, got 0.5"),
        ({"t": 0.0}, "t must be a finite number above 0, got 0.0"),
        ({"weight": -1.0}, "weight must be a finite number, 0 or above, got -1.0"),
        ({"precision": "half"}, "precision must be one of highest, bf16"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        AlignUniform(**options)


def test_one_row_has_no_pair():
    with pytest.raises(ValueError, match=r"z must have 2 rows or more.*\[1, 2\]"):
        uniformity(torch.ones(1, 2))
