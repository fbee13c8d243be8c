r"""The streamed sum over pairs: r_i = sum_j w_j phi(<a_i, b_j>), one block at a time.

Nothing of size N x M is ever alive. Backward recomputes each block, so memory is that of the
inputs and a few blocks. When ``b is a`` the matrix is symmetric: only the upper triangle is walked
and each block serves its rows and its columns.

Legend: N rows of ``a``, M rows of ``b``, D width, S a block of inner products.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


@dataclass(frozen=True)
class Phi:
    r"""An elementwise function with its slope; both may overwrite the block they are given.

    Args:
        fold: constant multiplied into ``a`` before the product, so that it costs nothing per pair.
        value: block of ``fold * s`` -> block of phi(s).
        slope: block of ``fold * s`` -> block of phi'(s).
    """

    fold: float
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


# exp2 is several times faster than exp on CPUs; its factor log2(e) is folded into the product.
EXP = Phi(math.log2(math.e), Tensor.exp2_, Tensor.exp2_)
SOFTPLUS = Phi(1.0, F.softplus, Tensor.sigmoid_)
IDENTITY = Phi(1.0, lambda s: s, lambda s: s.fill_(1.0))
RELU = Phi(1.0, Tensor.relu_, lambda s: s.gt_(0.0))
SQUARE = Phi(1.0, Tensor.square_, lambda s: s.mul_(2.0))
PHI = {"softplus": SOFTPLUS, "identity": IDENTITY, "relu": RELU, "square": SQUARE, "exp": EXP}

Block = tuple[slice, slice, Tensor]


@dataclass(frozen=True)
class Walk:
    r"""How to walk the pairs: panels of columns, and blocks of rows within each.

    Args:
        phi: the function that is summed.
        scale: factor of all inner products.
        height: rows of a block.
        width: columns of a panel.
        dtype: dtype of the products; sums are kept in the dtype of the inputs.
        symmetric: walk the upper triangle only; needs ``b is a``.
        diagonal: leave out the pairs j = i + diagonal; none if None.
    """

    phi: Phi
    scale: float
    height: int
    width: int
    dtype: torch.dtype
    symmetric: bool
    diagonal: int | None

    def panels(self, m: int) -> Iterator[slice]:
        r"""Ranges of columns."""
        return (slice(j, min(j + self.width, m)) for j in range(0, m, self.width))

    def blocks(self, n: int, panel: slice) -> Iterator[tuple[slice, slice]]:
        r"""Row and column ranges within a panel; of a symmetric matrix its upper triangle."""
        above = panel.start if self.symmetric else n
        for i in range(0, above, self.height):
            yield slice(i, min(i + self.height, above)), panel
        if self.symmetric:  # squares on the diagonal, and what lies to their right
            for i in range(panel.start, panel.stop, self.height):
                rows = slice(i, min(i + self.height, panel.stop))
                yield rows, rows
                if rows.stop < panel.stop:
                    yield rows, slice(rows.stop, panel.stop)

    def memory(self, a: Tensor) -> Tensor:
        r"""Room for one block."""
        return a.new_empty(self.height * max(self.height, self.width))

    def products(
        self,
        a: Tensor,
        b: Tensor,
        panel: slice,
        memory: Tensor,
        f: Callable[[Tensor], Tensor],
        excluded: float = 0.0,
    ) -> Iterator[Block]:
        r"""Yield every block of f(fold * scale * <a_i, b_j>), ``excluded`` on the diagonal.

        The blocks share ``memory``: each is gone when the next is asked for.
        """
        right = (b[panel] * (self.phi.fold * self.scale)).to(self.dtype)
        for rows, cols in self.blocks(len(a), panel):
            size = rows.stop - rows.start, cols.stop - cols.start
            out = memory[: math.prod(size)].view(size)
            s = f(_multiply(a[rows].to(self.dtype), right[_within(cols, panel)].t(), out))
            if self.diagonal is not None:
                offset = self.diagonal + rows.start - cols.start
                if -size[0] < offset < size[1]:
                    s.diagonal(offset).fill_(excluded)
            yield rows, cols, s


class StreamedSum(torch.autograd.Function):
    r"""Autograd node of the streamed sum; see :func:`gcl.functional.pairwise.row_sum`.

    The gradient of the weights is that of exponentials, whose value is their slope.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, weight: Tensor | None, walk: Walk) -> Tensor:
        r"""[N, D], [M, D], weight [M] or None for ones -> [N]."""
        ctx.save_for_backward(a, b, weight)
        ctx.walk = walk
        out, memory = a.new_zeros(len(a)), walk.memory(a)
        with torch.autocast(a.device.type, enabled=False):
            for panel in walk.panels(len(b)):
                for rows, cols, e in walk.products(a, b, panel, memory, walk.phi.value):
                    out[rows] += _weighted_sum(e, weight, cols)
                    if walk.symmetric and rows != cols:
                        out[cols] += _weighted_sum(e.t(), weight, rows)
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
                grad_a, grad_weight = _symmetric_gradients(a, weight, grad, ctx.walk, needs[2])
                return grad_a, None, grad_weight, None
            return *_gradients(a, b, weight, grad, ctx.walk, needs), None


def _symmetric_gradients(
    a: Tensor, weight: Tensor | None, grad: Tensor, walk: Walk, need_weight: bool
) -> tuple[Tensor, Tensor | None]:
    out, slope = torch.zeros_like(a), grad * walk.scale  # [N, D], [N]
    grad_weight = a.new_zeros(len(a)) if need_weight else None
    memory, spare = walk.memory(a), walk.memory(a)
    for panel in walk.panels(len(a)):
        z = a[panel].to(walk.dtype)
        by_cols = a.new_zeros(a.size(1), len(z))  # [D, panel]
        for rows, cols, e in walk.products(a, a, panel, memory, walk.phi.slope):
            if grad_weight is not None:
                grad_weight[cols] += e.t() @ grad[rows]
                if rows != cols:
                    grad_weight[rows] += e @ grad[cols]
            e = e.mul_(_both(slope, weight, rows, cols, spare)).to(walk.dtype)
            own = _within(cols, panel)
            _add_product(out[rows], e, z[own])
            if rows != cols:
                _add_product(by_cols[:, own], a[rows].to(walk.dtype).t(), e)
        out[panel] += by_cols.t()
    return out, grad_weight


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
    grad_a = torch.zeros_like(a) if needs[0] else None
    grad_b = torch.zeros_like(b) if needs[1] else None
    grad_weight = b.new_zeros(len(b)) if needs[2] else None
    slope, memory = grad * walk.scale, walk.memory(a)
    for panel in walk.panels(len(b)):
        own = b[panel] if weight is None else b[panel] * weight[panel, None]
        right = own.to(walk.dtype)
        by_cols = b.new_zeros(b.size(1), len(right))  # [D, panel]
        for rows, _, e in walk.products(a, b, panel, memory, walk.phi.slope):
            if grad_weight is not None:
                grad_weight[panel] += e.t() @ grad[rows]
            e = e.to(walk.dtype)
            if grad_a is not None:
                _add_product(grad_a[rows], e, right)
            if grad_b is not None:
                _add_product(by_cols, (a[rows] * slope[rows, None]).to(walk.dtype).t(), e)
        if grad_b is not None:
            grad_b[panel] = by_cols.t() if weight is None else by_cols.t() * weight[panel, None]
    if grad_a is not None:
        grad_a *= slope[:, None]  # constant along a row: applied once, at the end
    return grad_a, grad_b, grad_weight


def _within(cols: slice, panel: slice) -> slice:
    return slice(cols.start - panel.start, cols.stop - panel.start)


def _weighted_sum(e: Tensor, weight: Tensor | None, cols: slice) -> Tensor:
    return e.sum(1) if weight is None else e @ weight[cols]


def _multiply(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    return torch.mm(a, b, out=out) if a.dtype == out.dtype else out.copy_(torch.mm(a, b))


def _add_product(out: Tensor, a: Tensor, b: Tensor) -> None:
    if a.dtype == out.dtype:
        out.addmm_(a, b)
    else:
        out += torch.mm(a, b)
