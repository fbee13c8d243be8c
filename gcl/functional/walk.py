r"""How the pairs of two sets of vectors are walked, block by block.

Legend: N rows of ``a``, M rows of ``b``, D width.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gcl.functional.phi import Phi
from gcl.functional.products import NARROW, multiply
from gcl.functional.tiles import Tile, even, plan, run

Block = tuple[slice, slice, Tensor]


class Rows(Protocol):
    r"""What is asked of a matrix whose rows are walked: a tensor has it, made-up rows may."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Tensor: ...


@dataclass(frozen=True)
class Walk:
    r"""How to walk the pairs: tiles, panels of columns in each, blocks of rows in each panel.

    Args:
        phi: the function that is summed.
        scale: factor of all inner products.
        height: rows of a block.
        width: columns of a panel.
        dtype: dtype of the products; sums are kept in the dtype of the inputs.
        symmetric: walk the upper triangle only; needs ``b is a``.
        diagonal: leave out the pairs j = i + diagonal; none if None.
        threads: how many tiles are walked at once.
        views: leave out the pairs of a row with itself in the other view too, where both sides are
            two views of so many rows, one below the other; none if None.
    """

    phi: Phi
    scale: float
    height: int
    width: int
    dtype: torch.dtype
    symmetric: bool
    diagonal: int | None
    threads: int = 1
    views: int | None = None

    def over(self, n: int, m: int, work: Callable[[Tile], None]) -> None:
        r"""Call ``work`` for tiles that cover all N x M pairs, or the upper triangle of them."""
        run(plan(n, m, self.symmetric, self.threads), work)

    def panels(self, cols: slice) -> Iterator[slice]:
        r"""Ranges of columns."""
        yield from self._pieces(cols.start, cols.stop, self.width)

    def blocks(self, tile: Tile, panel: slice) -> Iterator[tuple[slice, slice]]:
        r"""Row and column ranges within a panel of a tile."""
        stop = panel.start if tile.triangle else tile.rows.stop
        for rows in self._pieces(tile.rows.start, stop, self.height):
            yield rows, panel
        if tile.triangle:  # squares on the diagonal, and what lies to their right
            edge = max(min(self.height, self.width // 2), 1)  # half of a square is for nothing
            for rows in self._pieces(panel.start, panel.stop, edge):
                yield rows, rows
                if rows.stop < panel.stop:
                    yield rows, slice(rows.stop, panel.stop)

    def _pieces(self, start: int, stop: int, largest: int) -> list[slice]:
        r"""As few ranges of a length as will do, nearly equal: short ones multiply slowly.

        In a narrow dtype they are the largest, but for the last one, so that sizes recur.
        """
        if self.dtype in NARROW:
            return [slice(at, min(at + largest, stop)) for at in range(start, stop, largest)]
        return even(start, stop, math.ceil((stop - start) / largest))

    def memory(self, like: Tensor) -> Tensor:
        r"""Room for one block, on the device and in the dtype of another tensor."""
        return like.new_empty(self.height * max(self.height, self.width))

    def products(
        self,
        a: Rows,
        b: Rows,
        tile: Tile,
        panel: slice,
        memory: Tensor,
        f: Callable[[Tensor], Tensor],
        excluded: float = 0.0,
    ) -> Iterator[Block]:
        r"""Yield every block of f(fold * scale * <a_i, b_j>), ``excluded`` on diagonals left out.

        The blocks share ``memory``: each is gone when the next is asked for.
        """
        right = (b[panel] * (self.phi.fold * self.scale)).to(self.dtype)
        for rows, cols in self.blocks(tile, panel):
            size = rows.stop - rows.start, cols.stop - cols.start
            out = memory[: math.prod(size)].view(size)
            s = f(multiply(a[rows].to(self.dtype), right[within(cols, panel)].t(), out))
            for diagonal in self.left_out():
                offset = diagonal + rows.start - cols.start
                if -size[0] < offset < size[1]:
                    s.diagonal(offset).fill_(excluded)
            yield rows, cols, s

    def left_out(self) -> tuple[int, ...]:
        r"""The diagonals j - i that are left out."""
        own = () if self.diagonal is None else (self.diagonal,)
        return own if self.views is None else (*own, self.views, -self.views)


def within(cols: slice, panel: slice) -> slice:
    r"""A range of columns, counted from the beginning of its panel."""
    return slice(cols.start - panel.start, cols.stop - panel.start)
