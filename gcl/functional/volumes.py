r"""Volumes spanned by every vector of one set with every tuple of another, reduced block by block.

The squared volume of the box spanned by a and o_1 ... o_K is the determinant of their Gram matrix.
By the Schur complement it is det(G) (|a|^2 - s^T G^-1 s), with G the Gram matrix of the tuple and
s_k = <a, o_k>. With whitened tuples, W = L^-1 O for G = L L^T, the form is |a|^2 - |W a|^2: one
product of matrices for all pairs.

Legend: N vectors and N tuples, K vectors in a tuple, D width, B block edge.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Added to the diagonal of Gram matrices, as the square root has no slope at volume 0. A volume of 1
# changes by 1e-6; three vectors in a plane get a volume of 1.5e-3 at most.
EPS = 1e-6

BLOCK = 512


class Tuples(NamedTuple):
    r"""Tuples ready for volumes: whitened vectors [N, K, D] and the volume of each tuple [N]."""

    whitened: Tensor
    volume: Tensor


def whiten_tuples(others: Tensor) -> Tuples:
    r"""Prepare tuples of vectors [K, N, D]. Cost: O(N K^2 D)."""
    o = others.transpose(0, 1).double()  # [N, K, D]; nearly dependent vectors cancel in float32
    ridge = EPS * torch.eye(o.size(1), dtype=o.dtype, device=o.device)
    root = torch.linalg.cholesky(o @ o.transpose(1, 2) + ridge)  # [N, K, K]
    whitened = torch.linalg.solve_triangular(root, o, upper=False)
    volume = root.diagonal(dim1=1, dim2=2).prod(1)
    return Tuples(whitened.to(others.dtype), volume.to(others.dtype))


def volumes(a: Tensor, tuples: Tuples) -> Tensor:
    r"""Volume of every vector with every tuple: [B, D] and B' tuples -> [B, B']."""
    s = a @ tuples.whitened.flatten(0, 1).t()  # [B, B' K]
    inside = s.view(len(a), *tuples.whitened.shape[:2]).square().sum(2)
    return tuples.volume * _height(a.square().sum(1, keepdim=True) - inside)


def matching_volumes(a: Tensor, tuples: Tuples) -> Tensor:
    r"""Volume of every vector with the tuple of its own row: [N]."""
    inside = torch.einsum("nkd,nd->nk", tuples.whitened, a).square().sum(1)
    return tuples.volume * _height(a.square().sum(1) - inside)


def _height(square: Tensor) -> Tensor:
    return (square + EPS).clamp_min(EPS).sqrt()  # below 0 by rounding only


class VolumeSums(torch.autograd.Function):
    r"""Log-sum-exp and sum over rows and over columns of l_ij = -scale * volume_ij.

    Backward recomputes each block, so that no N x N matrix is ever alive.
    """

    @staticmethod
    def forward(
        ctx: Any, a: Tensor, whitened: Tensor, volume: Tensor, scale: Tensor, block_size: int
    ) -> tuple[Tensor, ...]:
        r"""[N, D], [N, K, D], [N], scalar -> log-sum-exp of rows and columns, sums of both: [N]."""
        low = a.new_full((len(a),), -torch.inf)
        row_lse, col_lse = low, low.clone()
        row_sum, col_sum = a.new_zeros(2, len(a))
        with torch.autocast(a.device.type, enabled=False):
            for rows, cols in _blocks(len(a), block_size):
                logits = -scale * volumes(a[rows], Tuples(whitened[cols], volume[cols]))
                row_lse[rows] = torch.logaddexp(row_lse[rows], logits.logsumexp(1))
                col_lse[cols] = torch.logaddexp(col_lse[cols], logits.logsumexp(0))
                row_sum[rows] += logits.sum(1)
                col_sum[cols] += logits.sum(0)
        ctx.save_for_backward(a, whitened, volume, scale, row_lse, col_lse)
        ctx.block_size = block_size
        return row_lse, col_lse, row_sum, col_sum

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        r"""Gradients of the four inputs, one block at a time."""
        *inputs, row_lse, col_lse = ctx.saved_tensors
        g_row, g_col, g_row_sum, g_col_sum = grads
        totals = [torch.zeros_like(x) for x in inputs]
        with torch.autocast(row_lse.device.type, enabled=False):
            for rows, cols in _blocks(len(row_lse), ctx.block_size):
                places: tuple[Any, ...] = (rows, cols, cols, ...)
                part = [x[p].detach().requires_grad_() for x, p in zip(inputs, places, strict=True)]
                with torch.enable_grad():
                    logits = -part[3] * volumes(part[0], Tuples(part[1], part[2]))
                e = logits.detach()
                grad = g_row[rows, None] * (e - row_lse[rows, None]).exp() + g_row_sum[rows, None]
                grad += g_col[cols] * (e - col_lse[cols]).exp() + g_col_sum[cols]
                for total, p, g in zip(
                    totals, places, torch.autograd.grad(logits, part, grad), strict=True
                ):
                    total[p] += g
        return *totals, None


def _blocks(n: int, size: int) -> Iterator[tuple[slice, slice]]:
    for i in range(0, n, size):
        for j in range(0, n, size):
            yield slice(i, min(i + size, n)), slice(j, min(j + size, n))
