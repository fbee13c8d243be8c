"""Products in bfloat16 have few sizes, however many sizes the factors have."""

import pytest
import torch

from gcl.functional import pairs, whole_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.products import add_product, filled, multiply, recurs, whole, zero_sum
from gcl.functional.whole_rows import total_logsumexp

CPU = torch.device("cpu")


@pytest.fixture
def sizes(monkeypatch):
    """The shapes of all products of bfloat16, on any processor."""
    for module in (pairs, whole_rows):
        monkeypatch.setattr(module, "multiplies_bf16", lambda device: True)
    found, mm = set(), torch.mm

    def counting(a, b, **how):
        if a.dtype == torch.bfloat16:
            found.add((*a.shape, b.size(1)))
        return mm(a, b, **how)

    monkeypatch.setattr(torch, "mm", counting)
    return found


@pytest.mark.parametrize(
    ("width", "dtype", "stride"),
    [(10, torch.float32, (1, 8)), (65, torch.float32, (65, 1)), (10, torch.bfloat16, (10, 1))],
)
def test_thin_sums_are_stored_by_columns(width, dtype, stride):
    total = zero_sum((8, width), torch.empty(0), dtype)
    assert (total.dtype, total.stride()) == (torch.float32, stride)
    a, b = torch.randn(4, 6), torch.randn(6, width)
    add_product(total[2:6], a.to(dtype), b.to(dtype))
    expected = torch.zeros(8, width, dtype=torch.float64)
    expected[2:6] = a.double() @ b.double()
    tolerance = 1e-5 if dtype == torch.float32 else 5e-2
    assert torch.allclose(total.double(), expected, atol=tolerance)


def test_sizes_are_multiples():
    assert [whole(n) for n in (1, 32, 33, 127, 128, 129, 300)] == [32, 32, 64, 128, 128, 256, 384]
    assert recurs(CPU, torch.bfloat16)
    assert not recurs(CPU, torch.float32)
    assert not recurs(torch.device("cuda"), torch.bfloat16)


@pytest.mark.parametrize(("h", "w"), [(1, 1), (5, 40), (130, 33), (128, 256)])
def test_products_are_those_of_the_factors(h, w):
    a, b = torch.randn(h, 7).bfloat16(), torch.randn(w, 7).bfloat16()
    out = torch.empty(h, w)
    expected = a.double() @ b.t().double()
    assert torch.allclose(multiply(a, b.t(), out).double(), expected, rtol=1e-2, atol=1e-2)
    assert multiply(a, b.t(), out).data_ptr() == out.data_ptr()
    total = torch.ones(h, 7)
    add_product(total, out.bfloat16(), b)
    expected = 1 + out.bfloat16().double() @ b.double()
    assert torch.allclose(total.double(), expected, rtol=2e-2, atol=5e-2)


def test_what_is_filled_up_is_zero_and_what_fits_is_left_alone():
    x = torch.ones(3, 5)
    both = filled(x, rows=True, cols=True)
    assert both.shape == (32, 32)
    assert both.sum() == 15
    assert filled(x, rows=True, cols=False).shape == (32, 5)
    assert filled(both, rows=True, cols=True) is both


def test_batches_of_many_sizes_multiply_few_shapes(sizes):
    for n in range(300, 380):
        z = torch.randn(n, 8, requires_grad=True)
        row_logsumexp(z, z.detach(), precision="bf16", exclude_diagonal=True).sum().backward()
    assert 0 < len(sizes) <= 6  # three products, in one or two sizes
    sizes.clear()
    for n in range(300, 380):
        z = torch.randn(n, 8, requires_grad=True)
        total_logsumexp(z, torch.randn(50, 8), torch.ones(n), precision="bf16").backward()
    assert 0 < len(sizes) <= 12  # blocks of 128 rows, the last one of 32, 64, 96 or 128


@pytest.mark.parametrize("n", [1, 31, 129, 300])
def test_rows_that_were_filled_up_add_nothing(sizes, n):
    a, b = torch.randn(n, 8, requires_grad=True), torch.randn(70, 8, requires_grad=True)
    weight = torch.rand(n)
    total_logsumexp(a, b, weight, precision="bf16").backward()
    low = total_logsumexp(a, b, weight, precision="bf16").item()
    grads = a.grad.clone(), b.grad.clone()
    a.grad = b.grad = None
    exact = total_logsumexp(a, b, weight)
    exact.backward()
    assert low == pytest.approx(exact.item(), rel=1e-2)
    for ours, expected in zip(grads, (a.grad, b.grad), strict=True):
        assert (ours - expected).norm() < 2e-2 * expected.norm()
