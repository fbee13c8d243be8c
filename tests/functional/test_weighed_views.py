"""Weighed sums by view against a dense float64 reference, with one thread and several."""

import pytest
import torch

from gcl.functional import tiles
from gcl.functional.weighed_views import weighed_view_sums

SCALE = 2.5


def weigh(s):
    return s.mul_(0.5).add_(0.7)


def dense(z1, z2):
    """Sums [2, 2N] of weights and of weighed exponentials; weights are constants."""
    z, n = torch.cat([z1, z2]), len(z1)
    s = z @ z.t()
    weight = weigh(s.detach().clone())
    node = torch.arange(2 * n) % n
    weight = weight.masked_fill(node[:, None] == node, 0.0)
    terms = weight * ((s - 1) * SCALE).exp()
    return tuple(torch.stack([x[:, :n].sum(1), x[:, n:].sum(1)]) for x in (weight, terms))


def views(n, dtype=torch.float64):
    return tuple(torch.randn(n, 4, dtype=torch.float64).to(dtype).requires_grad_() for _ in "12")


def gradients(sums, views):
    factor = torch.linspace(-1, 2, sums.numel(), dtype=sums.dtype).view_as(sums)
    return torch.autograd.grad((sums * factor).sum(), views)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("n", [1, 2, 13])
@pytest.mark.parametrize("block", [None, 4, 5])
def test_values_and_gradients_equal_dense(monkeypatch, threads, n, block):
    monkeypatch.setattr(tiles, "_FEWEST", 2)
    z = views(n)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        weights, sums = weighed_view_sums(*z, weigh, scale=SCALE, block_size=block)
        ours = weights, sums, *gradients(sums, z)
    finally:
        torch.set_num_threads(before)
    expected = dense(*z)
    for x, y in zip(ours, (*expected, *gradients(expected[1], z)), strict=True):
        torch.testing.assert_close(x, y)


def test_weights_have_no_gradient():
    weights, sums = weighed_view_sums(*views(3), weigh)
    assert not weights.requires_grad
    assert sums.requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_inputs_are_computed_in_float32(dtype):
    z = views(6, dtype)
    weights, sums = weighed_view_sums(*z, weigh, scale=SCALE)
    assert weights.dtype == sums.dtype == torch.float32
    wide = tuple(x.detach().float().requires_grad_() for x in z)
    expected = dense(*wide)
    torch.testing.assert_close((weights, sums), expected)
    assert [g.dtype for g in gradients(sums, z)] == [dtype, dtype]


def test_products_in_bfloat16_are_near():
    z = tuple(torch.nn.functional.normalize(x.detach().float()) for x in views(20))
    exact = weighed_view_sums(*z, weigh, scale=SCALE)
    rounded = weighed_view_sums(*z, weigh, scale=SCALE, precision="bf16")
    torch.testing.assert_close(rounded, exact, rtol=0.02, atol=0)
    assert not torch.equal(rounded[1], exact[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": 0.0}, "scale"),
        ({"precision": "half"}, "precision"),
        ({"block_size": 0}, "block_size"),
    ],
)
def test_options_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        weighed_view_sums(*views(3), weigh, **change)


def test_views_of_unequal_shapes():
    with pytest.raises(ValueError, match="shape"):
        weighed_view_sums(torch.rand(3, 2), torch.rand(4, 2), weigh)
