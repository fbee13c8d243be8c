import pytest
import torch

from gcl.functional import whole_rows
from gcl.functional.whole_rows import total_logsumexp

SCALE = 5.0


def dense(a, b, weight, scale=SCALE):
    return weight.to(a.dtype) @ torch.logsumexp(a @ b.t() * scale, dim=1)


def inputs(n=13, m=29, d=5, size=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(k, d, generator=generator, dtype=dtype) * size for k in (n, m))
    return a.requires_grad_(), b.requires_grad_(), torch.rand(n, generator=generator, dtype=dtype)


@pytest.mark.parametrize("block_size", [None, 1, 4, 13, 50])
@pytest.mark.parametrize("size", [0.5, 20.0])  # within the safe range, and far beyond it
def test_value_and_gradients_are_those_of_the_dense_form(block_size, size):
    a, b, weight = inputs(size=size)
    ours = total_logsumexp(a, b, weight, scale=SCALE, block_size=block_size)
    expected = dense(a, b, weight)
    torch.testing.assert_close(ours, expected)
    found = torch.autograd.grad(3 * ours, (a, b))
    for x, y in zip(found, torch.autograd.grad(3 * expected, (a, b)), strict=True):
        torch.testing.assert_close(x, y)


def test_float32_with_logits_past_the_range_of_exp_stays_exact():
    a, b, weight = inputs(size=9.0, dtype=torch.float32)
    assert (a @ b.t() * SCALE).max() > 500
    ours = total_logsumexp(a, b, weight, scale=SCALE)
    exact = dense(a.double(), b.double(), weight)
    torch.testing.assert_close(ours.double(), exact, rtol=1e-6, atol=0)
    for x, y in zip(
        torch.autograd.grad(ours, (a, b)), torch.autograd.grad(exact, (a, b)), strict=True
    ):
        torch.testing.assert_close(x, y, rtol=1e-3, atol=1e-4)


def test_logits_near_the_lower_end_of_the_safe_range_do_not_vanish():
    a = torch.full((1, 1), 3.8, requires_grad=True)  # -72 after scaling
    b = torch.full((2, 1), -3.8)
    value = total_logsumexp(a, b, torch.ones(1), scale=SCALE)
    assert value.item() == pytest.approx(-3.8 * 3.8 * SCALE + 0.6931, rel=1e-5)
    value.backward()
    assert a.grad.item() == pytest.approx(-3.8 * SCALE, rel=1e-5)


def test_bf16_is_close_and_repeated_rows_may_be_given_once_with_their_count(products):
    a, b, _ = inputs(n=64, m=200, d=16, size=0.3, dtype=torch.float32)
    weight = torch.ones(64)
    exact = torch.autograd.grad(dense(a, b, weight), (a, b))
    low = total_logsumexp(a, b, weight, scale=SCALE, precision="bf16")
    torch.testing.assert_close(low, dense(a, b, weight), rtol=1e-3, atol=0)
    for x, y in zip(torch.autograd.grad(low, (a, b)), exact, strict=True):
        assert (x - y).norm() < 1e-2 * y.norm()
    twice = total_logsumexp(torch.cat([a, a]), b, torch.ones(128), scale=SCALE)
    once = total_logsumexp(a, b, torch.full((64,), 2.0), scale=SCALE)
    torch.testing.assert_close(once, twice)


def test_one_gradient_alone_and_none_at_all():
    a, b, weight = inputs()
    (grad,) = torch.autograd.grad(total_logsumexp(a.detach(), b, weight, scale=SCALE), b)
    torch.testing.assert_close(grad, torch.autograd.grad(dense(a.detach(), b, weight), b)[0])
    with torch.no_grad():
        assert not total_logsumexp(a, b, weight).requires_grad
    assert total_logsumexp(a[:0], b, weight[:0]).item() == 0


def test_many_candidates_take_the_streamed_form(monkeypatch):
    a, b, weight = inputs()
    monkeypatch.setattr(whole_rows, "_ENTRIES", 100)
    ours = total_logsumexp(a, b, weight, scale=SCALE)
    torch.testing.assert_close(ours, dense(a, b, weight))
    (grad,) = torch.autograd.grad(ours, a)
    torch.testing.assert_close(grad, torch.autograd.grad(dense(a, b, weight), a)[0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"b": torch.rand(3, 4)}, ValueError, "agree in width"),
        ({"weight": torch.rand(2)}, ValueError, r"weight must have shape \[13\]"),
        ({"scale": 0.0}, ValueError, "scale must be a finite number above 0"),
        ({"block_size": 0}, ValueError, "block_size must be at least 1"),
        ({"precision": "half"}, ValueError, "precision must be one of"),
    ],
)
def test_bad_input_is_named(change, error, message):
    a, b, weight = inputs(dtype=torch.float32)
    with pytest.raises(error, match=message):
        total_logsumexp(**({"a": a, "b": b, "weight": weight} | change))
