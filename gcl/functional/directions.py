r"""Unit rows that are not formed: the rows as they are, and a factor for each.

Legend: N rows, D width.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from gcl.functional.normalize import inverse_norms

# Inner products of rows below this length are far from overflow in float32.
_LONGEST = 1e15


class Directions(NamedTuple):
    r"""Rows [N, D]; what brings each to unit length, and what scales a gradient back: [N] each."""

    rows: Tensor
    factor: Tensor
    inverse: Tensor

    def project_(self, grad: Tensor, part: slice) -> None:
        r"""Turn a gradient in unit rows into one in the rows given, in place, for some of them."""
        rows, factor = self.rows[part], self.factor[part]
        with torch.autocast(grad.device.type, enabled=False):
            along = torch.linalg.vecdot(grad, rows) * factor.square()  # no effect on directions
        grad.addcmul_(rows, along[:, None], value=-1).mul_(self.inverse[part, None])


def directions(z: Tensor) -> Directions:
    r"""The directions of rows, as those of :func:`~gcl.functional.normalize.unit_rows`.

    On a CPU fresh memory of the size of ``z`` takes as long as the arithmetic: rows are used as
    they are unless one is so long that inner products might overflow.
    """
    inverse = inverse_norms(z).squeeze(1)
    nonzero = inverse > 0
    short = inverse.masked_fill(~nonzero, 1.0).amin() > 1 / _LONGEST if len(z) else True
    if z.device.type == "cpu" and bool(short):
        return Directions(z, inverse, inverse)
    return Directions(z * inverse[:, None], nonzero.to(z.dtype), inverse)


def chunk_length(z: Tensor) -> int:
    r"""Rows of some 4 MiB on a CPU; all of them on other devices, which need no parts."""
    return max(2**20 // max(z.size(1), 1), 1) if z.device.type == "cpu" else max(len(z), 1)


def chunks(z: Tensor) -> list[slice]:
    r"""Ranges of :func:`chunk_length` rows."""
    n, length = len(z), chunk_length(z)
    return [slice(start, min(start + length, n)) for start in range(0, n, length)]
