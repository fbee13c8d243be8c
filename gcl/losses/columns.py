r"""What the losses on feature columns share: standardised columns and penalties on D x D matrices.

Legend: N rows, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_flag, check_pair, describe
from gcl.functional.gather import gather_rows, is_distributed
from gcl.functional.normalize import at_least_float32


def check_columns(z1: Tensor, z2: Tensor, gather: bool = False) -> tuple[Tensor, Tensor]:
    r"""Both views in at least float32; raises unless they agree and have 2 rows or more.

    With ``gather``, the rows of all processes of a group.
    """
    check_pair(z1, z2)
    if check_flag(gather, "gather") and is_distributed():
        z1, z2 = gather_rows(torch.cat([z1, z2], dim=1))[0].chunk(2, dim=1)
    if len(z1) < 2:
        raise ValueError(f"z1 must have 2 rows or more to have a variance, got {describe(z1)}")
    return at_least_float32(z1), at_least_float32(z2)


def standard_columns(z: Tensor, *, unbiased: bool = True) -> Tensor:
    r"""Shift and scale every column to mean 0 and standard deviation 1: [N, D] -> [N, D].

    A constant column carries nothing to scale: it becomes zero and gets no gradient. Constant means
    that its deviation is within the rounding error of its entries.
    """
    centred = z - z.mean(0)
    variance = centred.square().sum(0) / (len(z) - int(unbiased))  # [D]
    rounding = 8 * torch.finfo(z.dtype).eps * z.detach().abs().amax(0)
    varies = variance > rounding.square()
    return centred * torch.where(varies, variance.where(varies, 1.0).rsqrt(), 0.0)


def off_diagonal(c: Tensor) -> Tensor:
    r"""Sum of the squared entries off the diagonal of a square matrix."""
    return c.square().sum() - c.diagonal().square().sum()
