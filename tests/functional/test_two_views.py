"""Both views against a dense float64 reference, with one thread and several."""

import math

import pytest
import torch

from gcl.functional import tiles, unit_stack
from gcl.functional.normalize import unit_rows
from gcl.functional.two_views import two_view_logsumexp


def dense(z1, z2, scale):
    z = unit_rows(torch.cat([z1, z2]))
    s = scale * (z @ z.t())
    s = s.masked_fill(torch.eye(len(s), dtype=torch.bool), -math.inf)
    return s.logsumexp(1), (z[: len(z1)] * z[len(z1) :]).sum(1)


def outputs_and_gradients(f, z1, z2):
    out = f(z1, z2)
    weights = [torch.linspace(-1, 2, len(part), dtype=part.dtype) for part in out]
    total = sum((part * weight).sum() for part, weight in zip(out, weights, strict=True))
    return *out, *torch.autograd.grad(total, (z1, z2))


def views(n, dtype=torch.float64):
    z1, z2 = torch.randn(2, n, 4, dtype=torch.float64)
    z1[0] = 0.0  # no direction: cosine 0 to all, no gradient
    return z1.to(dtype).requires_grad_(), z2.to(dtype).requires_grad_()


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("scale", [0.5, 2.5, 80.0], ids=["low", "usual", "needs the row maximum"])
@pytest.mark.parametrize("block", [None, 4])
def test_values_and_gradients_equal_dense(monkeypatch, threads, scale, block):
    monkeypatch.setattr(tiles, "_FEWEST", 2)
    monkeypatch.setattr(unit_stack, "_CHUNK", 5)
    z1, z2 = views(13)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours = outputs_and_gradients(
            lambda a, b: two_view_logsumexp(a, b, scale=scale, block_size=block), z1, z2
        )
    finally:
        torch.set_num_threads(before)
    theirs = outputs_and_gradients(lambda a, b: dense(a, b, scale), z1, z2)
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_inputs_are_computed_in_float32(dtype):
    z1, z2 = views(6, dtype)
    ours = outputs_and_gradients(lambda a, b: two_view_logsumexp(a, b, scale=2.0), z1, z2)
    assert [x.dtype for x in ours] == [torch.float32, torch.float32, dtype, dtype]
    wide = (z1.detach().float().requires_grad_(), z2.detach().float().requires_grad_())
    theirs = outputs_and_gradients(lambda a, b: dense(a, b, 2.0), *wide)
    torch.testing.assert_close(ours[0], theirs[0])
    torch.testing.assert_close(ours[2].float(), theirs[2], rtol=1e-2, atol=1e-2)


def test_bf16_products_are_close(products):
    z1, z2 = views(50, torch.float32)
    exact = outputs_and_gradients(lambda a, b: two_view_logsumexp(a, b, scale=2.0), z1, z2)
    low = outputs_and_gradients(
        lambda a, b: two_view_logsumexp(a, b, scale=2.0, precision="bf16"), z1, z2
    )
    torch.testing.assert_close(low[0], exact[0], rtol=1e-2, atol=1e-2)
    assert ((low[2] - exact[2]).norm() / exact[2].norm()) < 2e-2


def test_no_unit_rows_are_kept_for_backward():
    z1, z2 = views(9)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        two_view_logsumexp(z1, z2, scale=2.0)
    large = {t.data_ptr() for t in kept if t.dim() == 2}
    assert large == {z1.data_ptr(), z2.data_ptr()}


def test_a_second_derivative_is_refused():
    z1, z2 = views(4)
    out = two_view_logsumexp(z1, z2, scale=2.0)[0].sum()
    (gradient,) = torch.autograd.grad(out, z1, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_views_of_unequal_shape_are_an_error():
    with pytest.raises(ValueError, match="z1 and z2 must agree"):
        two_view_logsumexp(torch.ones(3, 2), torch.ones(4, 2))
    with pytest.raises(ValueError, match="scale"):
        two_view_logsumexp(torch.ones(3, 2), torch.ones(3, 2), scale=0.0)


@pytest.mark.parametrize("case", ["fast", "shared direction", "large factor", "one row"])
@pytest.mark.parametrize("multiplies", [True, False])
def test_in_bf16_a_positive_that_is_all_of_its_sum_cancels(case, multiplies, monkeypatch):
    for module in ("two_views", "pairs"):
        monkeypatch.setattr(f"gcl.functional.{module}.multiplies_bf16", lambda device: multiplies)
    torch.manual_seed(0)
    scale = 45.0 if case == "large factor" else 10.0
    z1 = torch.randn(1 if case == "one row" else 300, 64) + 3 * (case == "shared direction")
    z2 = z1 + 0.1 * torch.randn(len(z1), 64)
    gradients = []
    for precision in ("highest", "bf16"):
        z = z1.double() if precision == "highest" else z1.clone()
        z.requires_grad_()
        r, c = two_view_logsumexp(z, z2.to(z.dtype), scale=scale, precision=precision)
        (r.view(2, -1).mean(0) - scale * c).sum().backward()
        gradients.append(z.grad.double())
    assert (gradients[0] - gradients[1]).norm() <= 0.05 * gradients[0].norm() + 1e-6
