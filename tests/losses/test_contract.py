"""One generic case per loss: reference, gradient, equivariance, dtypes, bad input.

The cases stand in ``tests/support/loss_cases``, one file per family.
"""

import importlib
import math
import pkgutil

import pytest
import torch
from support import loss_cases

from gcl import losses
from gcl.registry import classes

MODULES = [m.name for m in pkgutil.iter_modules(loss_cases.__path__)]
CASES = {
    name: case
    for module in MODULES
    for name, case in importlib.import_module(f"support.loss_cases.{module}").CASES.items()
}


def cases(**traits):
    chosen = {n: c for n, c in CASES.items() if all(getattr(c, t) == v for t, v in traits.items())}
    return pytest.mark.parametrize("case", chosen.values(), ids=chosen)


@pytest.fixture
def views():
    z1 = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    z2 = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    return z1, z2


def test_every_exported_loss_has_a_case():
    assert set(classes(losses)) == {name.split(":")[0] for name in CASES}  # "loss: variant"


@cases()
def test_equals_the_slow_reference(case, views):
    loss = case.make().double()
    expected = case.reference(loss, *(z.detach() for z in views))
    assert case.call(loss, *views).item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@cases()
def test_computes_on_the_device_of_the_views(case, views, device, monkeypatch):
    for module in map(importlib.import_module, (f"support.loss_cases.{m}" for m in MODULES)):
        for name, tensor in vars(module).items():
            if isinstance(tensor, torch.Tensor):
                monkeypatch.setattr(module, name, tensor.to(device))
    z1, z2 = (z.detach().float().to(device).requires_grad_() for z in views)
    loss = case.make().to(device)
    value = case.call(loss, z1, z2)
    value.sum().backward()
    assert value.device.type == z1.grad.device.type == device


@cases(exact_gradient=True)
def test_gradcheck(case, views):
    loss = case.make().double()
    assert torch.autograd.gradcheck(lambda z1, z2: case.call(loss, z1, z2), views)


@cases(paired=True)
def test_breaking_the_pairs_raises_the_loss(case, views):
    z = views[0].detach()
    loss = case.make().double()
    assert case.call(loss, z, z.flip(0)) > case.call(loss, z, z)


@cases(rows=True)
def test_reductions_agree(case, views):
    rows = case.call(case.make(reduction="none").double(), *views)
    assert rows.shape == (7,)
    mean, total = (case.call(case.make(reduction=r).double(), *views) for r in ("mean", "sum"))
    assert torch.allclose(rows.mean(), mean)
    assert torch.allclose(rows.sum(), total)


@cases(rows=True)
def test_bad_reduction_is_named(case):
    with pytest.raises(ValueError, match="reduction must be one of mean, sum, none; got 'max'"):
        case.make(reduction="max")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@cases()
def test_half_precision_stays_finite(case, dtype):
    z1, z2 = (torch.randn(7, 4).to(dtype).requires_grad_() for _ in range(2))
    loss = case.call(case.make().to(dtype), z1, z2)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z1.grad).all()


@cases()
def test_autocast_does_not_lower_the_precision(case):
    z1, z2 = torch.randn(7, 4, requires_grad=True), torch.randn(7, 4, requires_grad=True)
    results = []
    for enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            loss = case.call(case.make(), z1, z2)
        results.append((loss, torch.autograd.grad(loss, z1)[0]))
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(y, x)


@cases()
def test_half_precision_of_a_model_under_autocast_is_taken(case):
    low = torch.randn(7, 4).bfloat16(), torch.randn(7, 4).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under = case.call(case.make(), *low)
    apart = case.call(case.make(), *(z.float() for z in low))
    assert under.item() == pytest.approx(apart.item(), rel=2e-2, abs=1e-3)


@cases()
def test_constant_projections_stay_finite(case):
    z = torch.zeros(7, 4, dtype=torch.float64, requires_grad=True)
    loss = case.call(case.make().double(), z, z)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()


@cases(streamed=True)
def test_blocks_change_neither_value_nor_gradient(case, views):
    results = []
    for block_size in (None, 1, 3):
        loss = case.call(case.make(block_size=block_size).double(), *views)
        results.append((loss, *torch.autograd.grad(loss, views)))
    for result in results[1:]:
        for x, y in zip(result, results[0], strict=True):
            torch.testing.assert_close(x, y)


@cases(streamed=True, bf16=True)
def test_bf16_gradient_is_close(case):
    base = torch.randn(7, 4)
    z1, z2 = ((base + 0.3 * torch.randn(7, 4)).requires_grad_() for _ in range(2))
    exact, rough = (
        torch.autograd.grad(case.call(case.make(precision=p), z1, z2), z1)[0]
        for p in ("highest", "bf16")
    )
    assert (rough - exact).norm() < 2e-2 * exact.norm()


@pytest.mark.parametrize(
    ("z2", "error", "message"),
    [
        (torch.randn(6, 4).double(), ValueError, r"must agree in shape.*\[7, 4\].*\[6, 4\]"),
        (torch.randn(7, 4), ValueError, "must agree in shape, dtype.*float64.*float32"),
        (torch.randn(7).double(), ValueError, r"must have 2 dimensions.*\[7\]"),
        (torch.ones(7, 4, dtype=torch.long), TypeError, "floating-point dtype.*int64"),
        (torch.full((7, 4), math.nan).double(), ValueError, "must be finite, got nan at row 0"),
        (None, TypeError, "must be a tensor.*None"),
    ],
)
@cases()
def test_bad_views_are_named(case, z2, error, message):
    with pytest.raises(error, match=message):
        case.call(case.make().double(), torch.randn(7, 4).double(), z2)


@cases()
def test_empty_views_are_refused(case):
    empty = torch.ones(0, 4).double()
    with pytest.raises(ValueError, match=r"at least \w+ row.*\[0, 4\]"):
        case.call(case.make().double(), empty, empty)


ORDERED = {n: c for n, c in CASES.items() if not c.ordered or c.reordered}


def in_order(case, loss, views, order):
    z1, z2 = (z[order] for z in views)
    return case.reordered(loss, z1, z2, order) if case.reordered else case.call(loss, z1, z2)


@pytest.mark.parametrize("case", ORDERED.values(), ids=ORDERED)
def test_same_permutation_of_everything_changes_nothing(case, views):
    order = torch.randperm(7)
    expected = case.call(case.make().double(), *views)
    torch.testing.assert_close(in_order(case, case.make().double(), views, order), expected)


ROWS = {n: c for n, c in ORDERED.items() if c.rows}


@pytest.mark.parametrize("case", ROWS.values(), ids=ROWS)
def test_rows_of_the_loss_move_with_the_rows_of_the_views(case, views):
    order = torch.randperm(7)
    rows = case.call(case.make(reduction="none").double(), *views)
    moved = in_order(case, case.make(reduction="none").double(), views, order)
    torch.testing.assert_close(moved, rows[order])


def test_only_random_draws_depend_on_the_order():
    assert set(CASES) - set(ORDERED) == {"mochi", "symile"}


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("loss", [losses.NTXent, losses.InfoNCE])
def test_bad_temperature_is_named(loss, temperature):
    with pytest.raises(ValueError, match=f"temperature must be .* got {temperature}"):
        loss(temperature)
