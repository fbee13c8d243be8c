r"""Weighed exponentials of all pairs among the rows of two views, summed by view, in one walk.

Legend: N rows of each view, D width.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_pair
from gcl.functional.centred import precision_for
from gcl.functional.pairs import check_walk, prepare, rounded
from gcl.functional.phi import IDENTITY
from gcl.functional.products import add_product
from gcl.functional.tiles import Tile
from gcl.functional.walk import Block, Walk, within

Weigh = Callable[[Tensor], Tensor]


def weighed_view_sums(
    z1: Tensor,
    z2: Tensor,
    weigh: Weigh,
    *,
    scale: float = 1.0,
    precision: str = "highest",
    block_size: int | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Sum weights, and weighed exponentials, over the other rows of either view.

    For the 2N rows w of both views, stacked, with products :math:`s_{ij} = \langle w_i, w_j\rangle`
    and the rows j of view V other than i and its counterpart in the other view:

    .. math::
        b_{Vi} = \sum_j B(s_{ij}), \qquad r_{Vi} = \sum_j B(s_{ij})\, e^{\kappa (s_{ij} - 1)}

    with :math:`\kappa` = ``scale``. Differentiable once in both views through the exponentials of
    r; weights are constants, and b has no gradient.

    Args:
        z1: unit rows of the first view.
        z2: the same rows of the second view.
        weigh: block of products -> block of weights B; may overwrite what it is given, and may be
            called by several threads.
        scale: positive factor of the products, the inverse of a temperature.
        precision: as in :func:`~gcl.functional.pairwise.row_sum`.
        block_size: as in :func:`~gcl.functional.pairwise.row_logsumexp`.

    Shapes:
        z1 [N, D], z2 [N, D] -> b [2, 2N], r [2, 2N]: one row for each V

    Raises:
        TypeError, ValueError: as :func:`~gcl.functional.pairwise.row_logsumexp`, and for views of
            unequal shapes.

    Cost:
        O(N^2 D) time and O(N D) memory with a few blocks; every pair is weighed once in either
        direction.
    """
    check_pair(z1, z2)
    z = torch.cat([z1, z2])
    z, _, _ = prepare(z, z, scale)
    precision = precision_for(z, z, precision)
    z, _ = rounded(z, z, precision)
    walk = check_walk(IDENTITY, z, z, 1.0, block_size, precision, False, 0)
    weights, sums = _WeighedSums.apply(z, _Pairs(walk, weigh, scale, len(z1)))
    return weights, sums


@dataclass(frozen=True)
class _Pairs:
    r"""How pairs are walked and weighed; row i and row i + ``half`` are the same node."""

    walk: Walk
    weigh: Weigh
    scale: float
    half: int

    def members(self, like: Tensor) -> Tensor:
        r"""Which rows belong to a view: [2, 2N]."""
        return torch.eye(2, dtype=like.dtype, device=like.device).repeat_interleave(self.half, 1)

    def first(self, rows: slice) -> int:
        r"""How many rows of a range belong to the first view."""
        return min(max(self.half - rows.start, 0), rows.stop - rows.start)

    def weights(self, block: Block) -> Tensor:
        r"""Overwrite a block of products with their weights, 0 for a node with itself."""
        rows, cols, s = block
        weight = self.weigh(s)
        for offset in (0, self.half, -self.half):
            start = offset + rows.start - cols.start
            if -s.size(0) < start < s.size(1):
                weight.diagonal(start).zero_()
        return weight

    def exponentials(self, s: Tensor, memory: Tensor) -> Tensor:
        r"""The block of exponentials of a block of products, in other memory."""
        out, factor = memory[: s.numel()].view_as(s), self.scale * math.log2(math.e)
        return torch.mul(s, factor, out=out).sub_(factor).exp2_()


class _WeighedSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, pairs: _Pairs) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(z)
        ctx.pairs = pairs
        weights, sums = z.new_zeros(2, 2, len(z))
        with torch.autocast(z.device.type, enabled=False):
            _add_sums(weights, sums, z, pairs)
        ctx.mark_non_differentiable(weights)
        return weights, sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, _: Tensor, grad: Tensor) -> tuple[Tensor, None]:
        (z,) = ctx.saved_tensors
        out = torch.zeros_like(z)
        with torch.autocast(z.device.type, enabled=False):
            _add_gradients(out, z, grad, ctx.pairs)
        return out, None


def _add_sums(weights: Tensor, sums: Tensor, z: Tensor, pairs: _Pairs) -> None:
    walk = pairs.walk

    def add(out: Tensor, block: Tensor, rows: slice, cols: slice) -> None:
        cut = pairs.first(cols)
        out[0, rows] += block[:, :cut].sum(1)
        out[1, rows] += block[:, cut:].sum(1)
        if rows != cols:
            cut = pairs.first(rows)
            out[0, cols] += block[:cut].sum(0)
            out[1, cols] += block[cut:].sum(0)

    def work(tile: Tile) -> None:
        memory, spare = walk.memory(z), walk.memory(z)
        for panel in walk.panels(tile.cols):
            for rows, cols, s in walk.products(z, z, tile, panel, memory, IDENTITY.value):
                e = pairs.exponentials(s, spare)
                weight = pairs.weights((rows, cols, s))
                add(weights, weight, rows, cols)
                add(sums, e.mul_(weight), rows, cols)

    walk.over(len(z), len(z), work)


def _add_gradients(out: Tensor, z: Tensor, grad: Tensor, pairs: _Pairs) -> None:
    walk, view = pairs.walk, pairs.members(z)
    slope = grad * pairs.scale  # [2, 2N]

    def work(tile: Tile) -> None:
        memory, spare = walk.memory(z), walk.memory(z)
        for panel in walk.panels(tile.cols):
            own = z[panel].to(walk.dtype)
            for rows, cols, s in walk.products(z, z, tile, panel, memory, IDENTITY.value):
                e = pairs.exponentials(s, spare)
                e = e.mul_(pairs.weights((rows, cols, s)))
                # A pair counts as (i, j) and as (j, i).
                both = torch.mm(slope[:, rows].t(), view[:, cols], out=s)
                both.addmm_(view[:, rows].t(), slope[:, cols])
                e = e.mul_(both).to(walk.dtype)
                add_product(out[rows], e, own[within(cols, panel)])
                if rows != cols:
                    add_product(out[cols], e.t(), z[rows].to(walk.dtype))

    walk.over(len(z), len(z), work)
