r"""Inner products of chosen pairs of rows, without the rows of every pair.

Legend: N rows of ``a``, M rows of ``b``, D width, K pairs of a row.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_matrix, describe

_BLOCK = 512  # rows of ``a`` whose products with all of ``b`` are alive at a time


def products_at(a: Tensor, b: Tensor, index: Tensor) -> Tensor:
    r"""Compute the inner products :math:`s_{ik} = \langle a_i, b_{j_{ik}} \rangle`.

    Gathering ``b[index]`` would take N K D numbers. Here a block of rows is multiplied with all of
    ``b`` and the products asked for are kept, which is faster for K above some hundredth of M; the
    backward pass spreads their gradient over a block of zeros and multiplies twice.

    Args:
        a: anchors.
        b: candidates.
        index: for every anchor the rows of ``b`` to multiply with; a row may occur repeatedly.

    Shapes:
        a [N, D], b [M, D], index [N, K] -> [N, K]

    Raises:
        TypeError, ValueError: for matrices that do not agree, or an index out of range.

    Cost:
        O(N M D) time and O(M + N K) memory.

    Example:
        >>> products_at(torch.eye(2), torch.eye(2), torch.tensor([[0, 1, 0], [1, 1, 0]]))
        tensor([[1., 0., 1.],
                [1., 1., 0.]])
    """
    check_matrix(a, "a")
    check_matrix(b, "b")
    if a.size(1) != b.size(1) or a.dtype != b.dtype:
        raise ValueError(
            f"a and b must agree in width and dtype, got {describe(a)} and {describe(b)}"
        )
    if not isinstance(index, Tensor) or index.dtype != torch.int64:
        raise TypeError(f"index must be an int64 tensor [{len(a)}, K], got {describe(index)}")
    if index.dim() != 2 or len(index) != len(a):
        raise ValueError(f"index must have shape [{len(a)}, K], got {describe(index)}")
    if index.numel() and not (int(index.min()) >= 0 and int(index.max()) < len(b)):
        bad = int(index.min()) if int(index.min()) < 0 else int(index.max())
        raise ValueError(f"index must lie in [0, {len(b)}), the rows of b; got {bad}")
    return _ProductsAt.apply(a, b, index)


class _ProductsAt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(a, b, index)
        rows = range(0, len(a), _BLOCK)
        blocks = [(a[i : i + _BLOCK] @ b.t()).gather(1, index[i : i + _BLOCK]) for i in rows]
        return torch.cat(blocks) if blocks else a.new_zeros(index.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        a, b, index = ctx.saved_tensors
        grad_a, grad_b = torch.empty_like(a), torch.zeros_like(b)
        for i in range(0, len(a), _BLOCK):
            rows = slice(i, i + _BLOCK)
            spread = a.new_zeros(len(a[rows]), len(b))
            spread.scatter_add_(1, index[rows], grad[rows])
            grad_a[rows] = spread @ b
            grad_b += spread.t() @ a[rows]
        return grad_a, grad_b, None
