r"""The negatives of NT-Xent without the positive: what decoupled and debiased losses divide by.

Legend: N rows of each view, M of all processes' views, D width.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from gcl.checks import check_flag, check_pair, describe
from gcl.functional.gather import gather_rows, is_distributed
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp


class Candidates(NamedTuple):
    r"""Rows to compare with: both views [M, D], and where this process' rows begin in them."""

    u: Tensor
    v: Tensor
    own: int = 0


def check_negatives(z1: Tensor, z2: Tensor, gather: bool = False) -> None:
    r"""Raise unless the views agree and every row has a negative, perhaps in another process."""
    check_pair(z1, z2)
    if len(z1) < 2 and not (gather and is_distributed()):
        raise ValueError(f"z1 must have 2 rows or more to hold a negative, got {describe(z1)}")


def _candidates(u: Tensor, v: Tensor, gather: bool) -> Candidates:
    r"""The rows of both views, with ``gather`` those of all processes: one exchange for both."""
    if not check_flag(gather, "gather") or not is_distributed():
        return Candidates(u, v)
    both, own = gather_rows(torch.cat([u, v], dim=1))  # [M, 2D]
    all_u, all_v = both.chunk(2, dim=1)
    return Candidates(all_u.contiguous(), all_v.contiguous(), own)


def unit_views(z1: Tensor, z2: Tensor, gather: bool) -> tuple[Tensor, Tensor, Candidates]:
    r"""The unit rows of both views and the candidates among which each has a negative."""
    check_negatives(z1, z2, gather)
    u, v = unit_rows(z1), unit_rows(z2)
    return u, v, _candidates(u, v, gather)


def log_negatives(
    u: Tensor,
    v: Tensor,
    among: Candidates,
    *,
    scale: float,
    precision: str,
    block_size: int | None,
) -> Tensor:
    r"""Log of the sum of exp(scale * s) over the 2M - 2 rows of both views that are another node.

    Taking the positive out of the sum of NT-Xent would cancel digits where it is the largest term;
    walking the views one by one never adds it.

    Shapes:
        u [N, D], v [N, D], among: 2 x [M, D] -> [2, N], the anchors of ``u`` and those of ``v``
    """
    lse = partial(
        row_logsumexp,
        scale=scale,
        exclude_diagonal=True,
        diagonal=among.own,
        precision=precision,
        block_size=block_size,
    )
    across = torch.stack([lse(u, among.v), lse(v, among.u)])
    within = torch.stack([lse(u, among.u), lse(v, among.v)])
    return torch.logaddexp(across, within)
