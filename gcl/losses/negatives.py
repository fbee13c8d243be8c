r"""The negatives of NT-Xent without the positive: what decoupled and debiased losses divide by.

Legend: N rows of each view, D width.
"""

from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_pair, describe
from gcl.functional.pairwise import row_logsumexp


def check_negatives(z1: Tensor, z2: Tensor) -> None:
    r"""Raise unless the views agree and every row has a negative."""
    check_pair(z1, z2)
    if len(z1) < 2:
        raise ValueError(f"z1 must have 2 rows or more to hold a negative, got {describe(z1)}")


def log_negatives(
    u: Tensor, v: Tensor, *, scale: float, precision: str, block_size: int | None
) -> Tensor:
    r"""Log of the sum of exp(scale * s) over the 2N - 2 rows of both views that are another node.

    Taking the positive out of the sum of NT-Xent would cancel digits where it is the largest term;
    walking the views one by one never adds it.

    Shapes:
        u [N, D], v [N, D] -> [2, N], the anchors of ``u`` and those of ``v``
    """
    lse = partial(
        row_logsumexp,
        scale=scale,
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
    across = torch.stack([lse(u, v), lse(v, u)])
    within = torch.stack([lse(u, u), lse(v, v)])
    return torch.logaddexp(across, within)
