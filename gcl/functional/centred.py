r"""Vectors that point in much the same direction, made fit for products in bfloat16.

What tells such vectors apart is small beside what they share, and rounding takes it away. Taken
about their mean nothing is lost: <a_i, b_j> = <a_i - p, b_j - q> + <a_i, q> + <p, b_j - q>, where
only the first product runs over pairs. The others are biases of rows and columns.

Legend: N rows of ``a``, M rows of ``b``, D width.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from gcl.functional.autocast import full_precision
from gcl.functional.unit_stack import UnitStack, chunks

_NARROW = 0.1  # the share of the mean in the squared lengths from which centring pays


class Centred(NamedTuple):
    r"""Factors, and the biases that belong to them.

    Attributes:
        a: rows of the first factor, [N, D].
        b: rows of the second, [M, D]; the same tensor if it was.
        row_bias: to be added to every pair of a row, [N]; nothing if None.
        col_bias: to be added to every pair of a column, [M]; nothing if None.
    """

    a: Tensor
    b: Tensor
    row_bias: Tensor | None = None
    col_bias: Tensor | None = None


@full_precision
def centred(a: Tensor, b: Tensor, scale: float) -> Centred:
    r"""Factors about their means if a tenth of their squared length is shared, else as they are.

    Products of ``scale`` times the factors, with the biases added, are the same for any mean;
    it counts as a constant, and gradients pass through factors and biases.

    Cost:
        O((N + M) D) time and memory.

    Example:
        >>> a = torch.tensor([[1.0, 0.1], [1.0, -0.1]])
        >>> found = centred(a, a, 2.0)
        >>> s = 2.0 * found.a @ found.b.T + found.row_bias[:, None] + found.col_bias
        >>> torch.allclose(s, 2.0 * a @ a.T)
        True
    """
    if not are_narrow(a, b):
        return Centred(a, b)
    p = a.detach().mean(0)
    q = p if b is a else b.detach().mean(0)
    left = a - p
    right = left if b is a else b - q
    return Centred(left, right, scale * (a @ q), scale * (right @ p))


def are_narrow(a: Tensor, b: Tensor) -> bool:
    r"""Whether :func:`centred` takes these factors about their means; O((N + M) D) time."""
    if not (len(a) and len(b)):
        return False
    return _share(a) > _NARROW and (b is a or _share(b) > _NARROW)


def precision_for(a: Tensor, b: Tensor, precision: str) -> str:
    r"""The precision for sums that cannot be taken about means: no bfloat16 for narrow factors."""
    return "highest" if precision == "bf16" and are_narrow(a, b) else precision


@torch.no_grad()
def _share(rows: Tensor) -> float:
    return (rows.mean(0).square().sum() / rows.square().sum(1).mean()).item()


def is_narrow(unit: UnitStack) -> bool:
    r"""Whether :func:`centred` would take these unit rows about their mean; O(N D) time."""
    if not len(unit):
        return False
    total = torch.stack([unit[rows].sum(0) for rows in chunks(len(unit))]).sum(0)
    return (total / len(unit)).square().sum().item() > _NARROW
