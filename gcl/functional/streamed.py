r"""The streamed sum over pairs: r_i = sum_j w_j phi(<a_i, b_j>), one block at a time.

Nothing of size N x M is ever alive. Backward recomputes each block, so memory is that of the
inputs and a few blocks. When ``b is a`` the matrix is symmetric: only the upper triangle is walked
and each block serves its rows and its columns.

Legend: N rows of ``a``, M rows of ``b``, D width.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.functional.phi import EXP
from gcl.functional.products import add_product, zero_sum
from gcl.functional.tiles import Tile
from gcl.functional.walk import Rows, Walk, within


class StreamedSum(torch.autograd.Function):
    r"""Autograd node of the streamed sum; see :func:`gcl.functional.pairwise.row_sum`.

    The gradient of the weights is that of exponentials, whose value is their slope.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, weight: Tensor | None, walk: Walk) -> Tensor:
        r"""[N, D], [M, D], weight [M] or None for ones -> [N]."""
        ctx.save_for_backward(a, b, weight)
        ctx.walk = walk
        out = a.new_zeros(len(a))
        with torch.autocast(a.device.type, enabled=False):
            add_sums(out, a, b, weight, walk)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        r"""Recompute every block; two products a block give the gradients of ``a`` and ``b``."""
        a, b, weight = ctx.saved_tensors
        needs = ctx.needs_input_grad
        if needs[2] and ctx.walk.phi is not EXP:
            raise RuntimeError("only weights of exponentials have a gradient")
        with torch.autocast(a.device.type, enabled=False):
            if ctx.walk.symmetric:
                grad_a = zero_sum(a.shape, a, ctx.walk.dtype)
                grad_weight = a.new_zeros(len(a)) if needs[2] else None
                add_symmetric_gradients(grad_a, grad_weight, a, weight, grad, ctx.walk)
                return grad_a, None, grad_weight, None
            return *_gradients(a, b, weight, grad, ctx.walk, needs), None


def add_sums(out: Tensor, a: Rows, b: Rows, weight: Tensor | None, walk: Walk) -> None:
    r"""Add the sums of all rows to ``out``, [N]."""

    def work(tile: Tile) -> None:
        memory = walk.memory(out)
        for panel in walk.panels(tile.cols):
            for rows, cols, e in walk.products(a, b, tile, panel, memory, walk.phi.value):
                out[rows] += _weighted_sum(e, weight, cols)
                if walk.symmetric and rows != cols:
                    out[cols] += _weighted_sum(e.t(), weight, rows)

    walk.over(len(a), len(b), work)


def add_symmetric_gradients(
    out: Tensor,
    grad_weight: Tensor | None,
    a: Rows,
    weight: Tensor | None,
    grad: Tensor,
    walk: Walk,
) -> None:
    r"""Add the gradient of ``a`` to ``out``, [N, D], and that of the weights to theirs, [N]."""
    slope = grad * walk.scale  # [N]

    def work(tile: Tile) -> None:
        memory, spare = walk.memory(out), walk.memory(out)
        for panel in walk.panels(tile.cols):
            z = a[panel].to(walk.dtype)
            for rows, cols, e in walk.products(a, a, tile, panel, memory, walk.phi.slope):
                if grad_weight is not None:
                    grad_weight[cols] += e.t() @ grad[rows]
                    if rows != cols:
                        grad_weight[rows] += e @ grad[cols]
                e = e.mul_(_both(slope, weight, rows, cols, spare)).to(walk.dtype)
                add_product(out[rows], e, z[within(cols, panel)])
                if rows != cols:
                    add_product(out[cols], e.t(), a[rows].to(walk.dtype))

    walk.over(len(a), len(a), work)


def _both(slope: Tensor, weight: Tensor | None, rows: slice, cols: slice, memory: Tensor) -> Tensor:
    r"""What a pair contributes as (i, j) and as (j, i): g_i w_j + w_i g_j, [rows, cols]."""
    size = rows.stop - rows.start, cols.stop - cols.start
    out = memory[: math.prod(size)].view(size)
    if weight is None:
        return torch.add(slope[rows, None], slope[None, cols], out=out)
    torch.mul(slope[rows, None], weight[None, cols], out=out)
    return out.addr_(weight[rows], slope[cols])


def _gradients(
    a: Tensor,
    b: Tensor,
    weight: Tensor | None,
    grad: Tensor,
    walk: Walk,
    needs: tuple[bool, ...],
) -> tuple[Tensor | None, ...]:
    grad_a = zero_sum(a.shape, a, walk.dtype) if needs[0] else None
    grad_b = zero_sum(b.shape, b, walk.dtype) if needs[1] else None
    grad_weight = b.new_zeros(len(b)) if needs[2] else None
    slope = grad * walk.scale

    def work(tile: Tile) -> None:
        memory = walk.memory(a)
        for panel in walk.panels(tile.cols):
            own = b[panel] if weight is None else b[panel] * weight[panel, None]
            right = own.to(walk.dtype)
            for rows, _, e in walk.products(a, b, tile, panel, memory, walk.phi.slope):
                if grad_weight is not None:
                    grad_weight[panel] += e.t() @ grad[rows]
                e = e.to(walk.dtype)
                if grad_a is not None:
                    add_product(grad_a[rows], e, right)
                if grad_b is not None:
                    add_product(grad_b[panel], e.t(), (a[rows] * slope[rows, None]).to(walk.dtype))

    walk.over(len(a), len(b), work)
    if grad_a is not None:
        grad_a *= slope[:, None]  # constant along a row: applied once, at the end
    if grad_b is not None and weight is not None:
        grad_b *= weight[:, None]
    return grad_a, grad_b, grad_weight


def _weighted_sum(e: Tensor, weight: Tensor | None, cols: slice) -> Tensor:
    return e.sum(1) if weight is None else e @ weight[cols]
