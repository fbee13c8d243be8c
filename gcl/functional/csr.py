r"""A sparse matrix that multiplies dense ones, forward and backward by weighted sums of rows.

``torch.nn.functional.embedding_bag`` is the product: row r of the result is the weighted sum of the
rows of x that the entries of row r point to. No message per entry is ever stored, and in float32
it took about half the time of a ``torch.sparse_csr_tensor`` product (20,000 rows, 220,000 entries,
256 wide). The gradient of x is the same sum over the transposed matrix, which a sort of small
integers finds; PyTorch's own backward of ``embedding_bag`` took five times as long.

Legend: R rows, C columns, M stored entries, D width.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag, pad

from gcl.checks import describe

_INT32 = torch.iinfo(torch.int32).max


@dataclass(frozen=True, eq=False)
class Pattern:
    r"""Where the entries of a sparse matrix stand, listed row by row.

    Args:
        row: row of each entry, in ascending order.
        column: column of each entry.
        shape: R and C.

    Shapes:
        row and column: [M], both int32 or both int64
    """

    row: Tensor
    column: Tensor
    shape: tuple[int, int]

    @cached_property
    def start(self) -> Tensor:
        r"""Place of the first entry of each row, and M: [R + 1]."""
        ends = torch.bincount(self.row, minlength=self.shape[0]).cumsum(0)
        return pad(ends, (1, 0)).to(self.row.dtype)

    @cached_property
    def transposed(self) -> tuple["Pattern", Tensor]:
        r"""The pattern of the transpose, and the entry here that each entry there comes from."""
        return sort_entries(self.column, self.row, (self.shape[1], self.shape[0]))


def sort_entries(row: Tensor, column: Tensor, shape: tuple[int, int]) -> tuple[Pattern, Tensor]:
    r"""List entries row by row, those of one row in their old order.

    Returns:
        The pattern, and the old place of each of its entries: [M].

    Cost: one stable sort of M integers, a radix sort on CPU and CUDA.
    """
    narrow = max(*shape, len(row)) <= _INT32
    row, order = row.to(torch.int32 if narrow else torch.int64).sort(stable=True)
    return Pattern(row, column.to(row.dtype).index_select(0, order), shape), order


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    r"""A sparse matrix [R, C]; ``a @ x`` is differentiable in its values and in x.

    Entries that share a place add up. Gradients are first order only.

    Args:
        pattern: where the entries stand.
        value: what they are, [M], of a floating-point dtype.

    Example:
        >>> pattern, order = sort_entries(torch.tensor([1, 0]), torch.tensor([2, 0]), (2, 3))
        >>> a = SparseMatrix(pattern, torch.tensor([5.0, 7.0])[order])
        >>> a @ torch.eye(3)
        tensor([[7., 0., 0.],
                [0., 0., 5.]])

    Cost: O(M D) time, O(R D) memory; M numbers are sorted for the first gradient of x.
    """

    pattern: Pattern
    value: Tensor

    def __matmul__(self, x: Tensor) -> Tensor:
        r"""The product with x [C, D], in the dtype of x: [R, D]."""
        if x.dim() != 2 or len(x) != self.pattern.shape[1]:
            columns = self.pattern.shape[1]
            raise ValueError(f"x must have {columns} rows [{columns}, D], got {describe(x)}")
        return _Product.apply(self.value.to(x.dtype), x, self.pattern)

    def rows(self, first: int, last: int) -> "SparseMatrix":
        r"""The rows from ``first`` up to, not with, ``last``, which share its entries: [K, C]."""
        begin, end = self.pattern.start[[first, last]].tolist()
        row = self.pattern.row[begin:end] - first
        pattern = Pattern(
            row, self.pattern.column[begin:end], (last - first, self.pattern.shape[1])
        )
        return SparseMatrix(pattern, self.value[begin:end])

    def t(self) -> "SparseMatrix":
        r"""The transpose [C, R], by a sort of M integers that is done once for a pattern."""
        pattern, order = self.pattern.transposed
        return SparseMatrix(pattern, self.value.index_select(0, order))


def add_product_(out: Tensor, a: SparseMatrix, x: Tensor, block: int) -> None:
    r"""Add ``a @ x`` to ``out`` in place, without a gradient, ``block`` rows at a time.

    Shapes:
        out [R, D], a [R, C], x [C, D], all values of one dtype

    Cost: O(M D) time, O(block D) memory.
    """
    pattern = a.pattern
    edges = [*range(0, len(out), block), len(out)]
    ends = pattern.start[edges].tolist()
    for k, rows in enumerate(slice(*pair) for pair in pairwise(edges)):
        entries = slice(ends[k], ends[k + 1])
        out[rows] += embedding_bag(
            pattern.column[entries],
            x,
            pattern.start[rows.start : rows.stop + 1] - ends[k],
            mode="sum",
            per_sample_weights=a.value[entries],
            include_last_offset=True,
        )


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, x: Tensor, pattern: Pattern) -> Tensor:
        ctx.pattern = pattern
        ctx.save_for_backward(value, x if ctx.needs_input_grad[0] else None)
        return _sum_rows(pattern, value, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        value, x = ctx.saved_tensors
        grad_value = grad_x = None
        if ctx.needs_input_grad[0]:
            grad_value = _gradient_of_values(ctx.pattern, value, x, grad)
        if ctx.needs_input_grad[1]:
            pattern, order = ctx.pattern.transposed
            grad_x = _sum_rows(pattern, value.index_select(0, order), grad)
        return grad_value, grad_x, None


def row_products(a: Tensor, b: Tensor, pairs: Tensor) -> Tensor:
    r"""Inner products of chosen rows, :math:`\langle a_i, b_j \rangle` for each pair (i, j).

    Neither the products nor their gradients gather rows: memory does not grow with D times the
    number of pairs. Gradients are first order only.

    Args:
        a: rows, [R, D].
        b: rows of the same width and dtype, [C, D].
        pairs: indices of a row of ``a`` and one of ``b``.

    Shapes:
        a [R, D], b [C, D], pairs [2, M] -> [M]

    Example:
        >>> row_products(torch.eye(2), torch.tensor([[3.0, 4.0]]), torch.tensor([[0, 1], [0, 0]]))
        tensor([3., 4.])

    Cost: O(M D) time; a sort of M integers, and one more for the gradient of b.
    """
    pattern, order = sort_entries(pairs[0], pairs[1], (len(a), len(b)))
    products = entry_products(a, b, pattern)
    return products.new_empty(len(order)).index_copy(0, order, products)


def entry_products(a: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
    r"""The products of :func:`row_products` at the entries of a pattern, without a sort of pairs.

    Shapes:
        a [R, D], b [C, D] -> [M]

    Example:
        >>> pattern = Pattern(torch.tensor([0, 1]), torch.tensor([0, 0]), (2, 1))
        >>> entry_products(torch.eye(2), torch.tensor([[3.0, 4.0]]), pattern)
        tensor([3., 4.])

    Cost: O(M D) time; a sort of M integers for the first gradient of b.
    """
    return _RowProducts.apply(a, b, pattern)


class _RowProducts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
        ctx.pattern = pattern
        ctx.save_for_backward(a, b)
        return _gradient_of_values(pattern, a.new_zeros(len(pattern.row)), b, a)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        a, b = ctx.saved_tensors
        grad_a = grad_b = None
        if ctx.needs_input_grad[0]:
            grad_a = _sum_rows(ctx.pattern, grad, b)
        if ctx.needs_input_grad[1]:
            pattern, order = ctx.pattern.transposed
            grad_b = _sum_rows(pattern, grad.index_select(0, order), a)
        return grad_a, grad_b, None


def _sum_rows(pattern: Pattern, value: Tensor, x: Tensor) -> Tensor:
    return _bag(pattern.column, pattern.start, value, x)


def _bag(column: Tensor, start: Tensor, value: Tensor, x: Tensor) -> Tensor:
    return embedding_bag(
        column,
        x.contiguous(),  # other strides leave the fast kernel
        start,
        mode="sum",
        per_sample_weights=value,
        include_last_offset=True,
    )


def _gradient_of_values(pattern: Pattern, value: Tensor, x: Tensor, grad: Tensor) -> Tensor:
    r"""The inner product of a row of ``grad`` and a row of x for each entry: [M]."""
    # PyTorch has a kernel for this that gathers nothing, reached by differentiating the sum.
    # It knows no half precision.
    dtype = torch.promote_types(x.dtype, torch.float32)
    with torch.inference_mode(False), torch.enable_grad():
        column, start, x, grad = map(_ordinary, (pattern.column, pattern.start, x, grad))
        weight = _ordinary(value).detach().to(dtype).requires_grad_()
        out = _bag(column, start, weight, x.detach().to(dtype))
        return torch.autograd.grad(out, weight, grad.to(dtype).contiguous())[0].to(value.dtype)


def _ordinary(tensor: Tensor) -> Tensor:
    r"""A tensor that backward passes may keep: not one that was made in inference mode."""
    return tensor.clone() if tensor.is_inference() else tensor
