import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gcl.functional.csr import Pattern, SparseMatrix, row_products, sort_entries
from gcl.losses import Bootstrap


def matrix(entries, shape, dtype=torch.float64):
    """From triples (row, column, value) in any order."""
    row, column, value = torch.tensor(entries, dtype=dtype).view(-1, 3).t()
    pattern, order = sort_entries(row.long(), column.long(), shape)
    return SparseMatrix(pattern, value[order])


def dense(entries, shape):
    out = torch.zeros(shape, dtype=torch.float64)
    for row, column, value in entries:
        out[row, column] += value
    return out


def test_entries_are_listed_row_by_row_in_their_old_order():
    pattern, order = sort_entries(torch.tensor([2, 0, 2, 0]), torch.tensor([1, 1, 0, 0]), (4, 2))
    assert pattern.row.tolist() == [0, 0, 2, 2]
    assert pattern.column.tolist() == [1, 0, 1, 0]
    assert order.tolist() == [1, 3, 0, 2]
    assert pattern.start.tolist() == [0, 2, 2, 4, 4]
    assert pattern.row.dtype == pattern.column.dtype == pattern.start.dtype == torch.int32


def test_transpose_and_where_its_entries_come_from():
    pattern, _ = sort_entries(torch.tensor([0, 0, 1]), torch.tensor([2, 0, 2]), (2, 3))
    transposed, order = pattern.transposed
    assert transposed.shape == (3, 2)
    assert transposed.row.tolist() == [0, 2, 2]
    assert transposed.column.tolist() == [0, 0, 1]
    assert order.tolist() == [1, 0, 2]
    assert pattern.transposed[0] is transposed  # found once


def test_large_numbers_stay_wide():
    row = torch.tensor([2**31, 0])
    pattern, _ = sort_entries(row, torch.tensor([0, 1]), (2**31 + 1, 2))
    assert pattern.row.dtype == pattern.column.dtype == torch.int64
    assert pattern.row.tolist() == [0, 2**31]


ENTRY = st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(-3, 3))


@given(st.lists(ENTRY, max_size=12), st.integers(1, 3))
def test_product_and_gradients_are_those_of_the_dense_matrix(entries, width):
    a, b = matrix(entries, (4, 5)), dense(entries, (4, 5)).requires_grad_()
    a.value.requires_grad_()
    x1 = torch.randn(5, width, dtype=torch.float64, requires_grad=True)
    x2 = x1.detach().clone().requires_grad_()
    out, expected = a @ x1, b @ x2
    torch.testing.assert_close(out, expected)
    grad = torch.randn_like(out)
    out.backward(grad)
    expected.backward(grad)
    torch.testing.assert_close(x1.grad, x2.grad)
    places = a.pattern.row.long(), a.pattern.column.long()
    torch.testing.assert_close(a.value.grad, b.grad[places])


def test_gradcheck():
    a = matrix([(0, 1, 2.0), (2, 0, 1.0), (2, 1, -1.0), (2, 1, 3.0)], (3, 2))
    x, value = torch.randn(2, 3).double().requires_grad_(), a.value.requires_grad_()
    torch.autograd.gradcheck(lambda v, x: SparseMatrix(a.pattern, v) @ x, (value, x))


def test_second_derivatives_are_refused():
    a, x = matrix([(0, 0, 2.0)], (1, 1)), torch.ones(1, 1).double().requires_grad_()
    (grad,) = torch.autograd.grad((a @ x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


@pytest.mark.parametrize("layout", ["transposed", "expanded", "strided"])
def test_x_and_gradients_of_any_strides(layout):
    a = matrix([(0, 1, 2.0), (1, 0, 1.0)], (2, 2), torch.float32)
    x = {
        "transposed": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t(),
        "expanded": torch.ones(1, 2).expand(2, 2),
        "strided": torch.arange(8.0).view(2, 4)[:, ::2],
    }[layout].requires_grad_()
    out = a @ x
    torch.testing.assert_close(out, torch.tensor([[0.0, 2.0], [1.0, 0.0]]) @ x)
    assert torch.equal(torch.autograd.grad(out.sum(), x)[0], torch.tensor([[1.0, 1], [2, 2]]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_result_and_gradients_have_the_dtype_of_their_tensors(dtype):
    a = matrix([(0, 1, 2.0), (1, 0, 1.0)], (2, 2), torch.float32)
    value, x = a.value.requires_grad_(), torch.ones(2, 2, dtype=dtype, requires_grad=True)
    out = SparseMatrix(a.pattern, value) @ x
    out.sum().backward()
    assert (out.dtype, x.grad.dtype, value.grad.dtype) == (dtype, dtype, torch.float32)
    assert out.tolist() == [[2, 2], [1, 1]]
    assert value.grad.tolist() == [2, 2]


def test_empty_shapes():
    assert (matrix([], (0, 2)) @ torch.ones(2, 3).double()).shape == (0, 3)
    assert (matrix([], (2, 0)) @ torch.ones(0, 3).double()).tolist() == [[0] * 3] * 2


def test_rows_of_x_must_be_the_columns():
    with pytest.raises(ValueError, match=r"x must have 2 rows \[2, D\], got .*\[3, 1\]"):
        matrix([(0, 1, 1.0)], (1, 2)) @ torch.ones(3, 1)


def test_nothing_is_kept_for_gradients_that_nobody_wants():
    a, x = matrix([(0, 1, 2.0)], (2, 2)), torch.ones(2, 3).double().requires_grad_()
    saved = (a @ x).grad_fn.saved_tensors
    assert saved[1] is None
    assert isinstance(a.pattern, Pattern)
    assert "transposed" not in vars(a.pattern)  # sorted for a backward pass only


def test_row_products_equal_gathered_ones_in_value_and_gradient():
    a, b = (torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4))
    pairs = torch.tensor([[4, 0, 2, 0, 4, 0], [1, 3, 3, 3, 0, 2]])  # one of them twice
    ours, theirs = row_products(a, b, pairs), (a[pairs[0]] * b[pairs[1]]).sum(1)
    torch.testing.assert_close(ours, theirs)
    weight = torch.randn(6, dtype=torch.float64)
    expected = torch.autograd.grad(theirs @ weight, (a, b))
    torch.testing.assert_close(torch.autograd.grad(ours @ weight, (a, b)), expected)
    assert torch.autograd.gradcheck(lambda a: row_products(a, b.detach(), pairs), a)


def test_row_products_of_no_pairs():
    a = torch.randn(3, 2, requires_grad=True)
    out = row_products(a, a, torch.empty(2, 0, dtype=torch.long))
    out.sum().backward()
    assert out.shape == (0,)
    assert not a.grad.any()


def test_transpose_is_the_transpose():
    dense = torch.randn(4, 6).where(torch.rand(4, 6) < 0.5, 0.0)
    row, column = dense.nonzero().t()
    pattern, order = sort_entries(row, column, (4, 6))
    matrix = SparseMatrix(pattern, dense[row, column][order])
    x = torch.randn(4, 3)
    torch.testing.assert_close(matrix.t() @ x, dense.t() @ x)
    torch.testing.assert_close(matrix.t().t() @ torch.eye(6), dense)


def test_a_range_of_rows():
    pattern, _ = sort_entries(torch.tensor([0, 2, 2, 3]), torch.tensor([1, 0, 2, 1]), (4, 3))
    a = SparseMatrix(pattern, torch.arange(4.0) + 1)
    whole = a @ torch.eye(3)
    for first, last in ((0, 4), (1, 3), (2, 2), (3, 4)):
        assert torch.equal(a.rows(first, last) @ torch.eye(3), whole[first:last])


def test_products_of_rows_in_inference_mode():
    h, pairs = torch.randn(4, 3), torch.tensor([[0, 1], [1, 2]])
    expected = Bootstrap()(h, h.flip(0), pairs=pairs)
    with torch.inference_mode():
        found = Bootstrap()(h.clone(), h.flip(0), pairs=pairs.clone())
    torch.testing.assert_close(found.clone(), expected)
