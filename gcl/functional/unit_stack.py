r"""Matrices stacked on top of each other, their rows brought to unit length when asked for.

Legend: N rows of all parts together, D width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.functional.normalize import at_least_float32, inverse_norms

# Rows that are worked on at once; few enough to cost no memory to speak of.
_CHUNK = 4096


class UnitStack:
    r"""Unit rows of stacked matrices that take N numbers beside them, not N D.

    Args:
        parts: matrices of one width, dtype and device; rows shorter than 1e-8 become zero rows.

    Shapes:
        parts [N_1, D], [N_2, D], ... -> ``stack[rows]`` [rows, D], at least in float32
    """

    def __init__(self, parts: Sequence[Tensor]) -> None:
        self.parts = [part.detach() for part in parts]
        self.inverse = torch.cat([inverse_norms(part) for part in self.parts])  # [N, 1]

    def __len__(self) -> int:
        return len(self.inverse)

    def __getitem__(self, rows: slice) -> Tensor:
        r"""Unit rows of a range."""
        pieces, start = [], 0
        for part in self.parts:
            first, last = max(rows.start, start), min(rows.stop, start + len(part))
            if first < last:
                piece = at_least_float32(part[first - start : last - start])
                pieces.append(piece * self.inverse[first:last])
            start += len(part)
        if not pieces:
            return at_least_float32(self.parts[0][:0])
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def project_(self, gradient: Tensor) -> Tensor:
        r"""Turn the gradient of the unit rows into that of the rows, in place: [N, D]."""
        for rows in chunks(len(self)):
            unit, part = self[rows], gradient[rows]
            along = torch.linalg.vecdot(part, unit)[:, None]  # the part of no effect on directions
            part.addcmul_(unit, along, value=-1).mul_(self.inverse[rows])
        return gradient


def chunks(n: int) -> list[slice]:
    r"""Ranges of a few thousand rows."""
    return [slice(i, min(i + _CHUNK, n)) for i in range(0, n, _CHUNK)]
