r"""Group ordering: positives have to be sorted behind the hardest negatives.

Legend: N rows of each view, K further positives of each, H hardest negatives, D width.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_int, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_topk
from gcl.functional.sorting import soft_rank_share
from gcl.losses.negatives import check_negatives
from gcl.losses.positives import with_positives
from gcl.losses.reduce import check_reduction, reduce_rows


@full_precision
def gro_co(
    z1: Tensor,
    z2: Tensor,
    positives: Tensor | None = None,
    *,
    num_negatives: int = 10,
    steepness: float = 1.0,
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the group ordering loss of two views: see :class:`GroCo`."""
    check_negatives(z1, z2)
    check_reduction(reduction)
    if check_int(num_negatives, "num_negatives", minimum=1) > len(z1) - 1:
        raise ValueError(
            f"num_negatives must be at most {len(z1) - 1}, the other rows of z1 with "
            f"{describe(z1)}; got {num_negatives}"
        )
    u, v = unit_rows(z1), unit_rows(z2)
    rows = [
        _order(anchor, with_positives(other, positives), num_negatives, steepness, block_size)
        for anchor, other in ((u, v), (v, u))
    ]
    return reduce_rows((rows[0] + rows[1]) / 2, reduction)


def _order(
    u: Tensor, positives: Tensor, num_negatives: int, steepness: float, block_size: int | None
) -> Tensor:
    r"""Cross-entropy of the groups after soft sorting, mean over the entries of a row: [N]."""
    _, index = row_topk(u, u, num_negatives, exclude_diagonal=True, block_size=block_size)
    near = _similarity(u, u[index])  # [N, H]
    far = _similarity(u, positives)  # [N, 1 + K]
    sequence = torch.cat([near.sort(1).values, far.sort(1).values], dim=1)
    is_positive = torch.arange(sequence.size(1), device=u.device) >= num_negatives
    share = soft_rank_share(sequence, is_positive, steepness=steepness)
    right = torch.where(is_positive, share, 1 - share)
    return -right.clamp_min(torch.finfo(right.dtype).eps).log().mean(1)


def _similarity(u: Tensor, others: Tensor) -> Tensor:
    r"""Cosines of each anchor with its own fixed candidates: [N, D], [N, S, D] -> [N, S]."""
    return (others.detach() @ u[:, :, None]).squeeze(2)


class GroCo(nn.Module):
    r"""Sort each row's hardest negatives and its positives by similarity, and ask that every
    positive come out above every negative (`GroCo <https://arxiv.org/abs/2301.02009>`_).

    .. math::
        \ell(u_i) = -\frac{1}{H + K + 1} \Big[ \sum_{x \in \text{positives}} \log q_x
            + \sum_{x \in \text{negatives}} \log (1 - q_x) \Big]

    where :math:`q_x` is the share of x that soft sorting puts on the upper K + 1 ranks; the loss is
    the mean of :math:`\ell(u_i)` and :math:`\ell(v_i)` over all rows. Positives: the same row of
    the other view, and the ``positives`` passed to the call, such as further views or neighbours.
    Negatives: the H rows of the *same* view with the highest cosine. Positives and negatives are
    detached: gradients flow through the anchor alone.

    The sorting network is odd-even transposition sort with Cauchy relaxation
    (:func:`~gcl.functional.sorting.soft_rank_share`), fed with the negatives in ascending order and
    then the positives in ascending order, so that sorting starts from the wanted result. The
    authors average the cross-entropies of lower and upper ranks; the shares of an entry sum to 1,
    so the two are equal and one is computed. Only the order within a row matters.

    Args:
        num_negatives: H, from 1 to N - 1.
        steepness: k > 0 of the relaxation; exact sorting as it grows.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D], positives [N, K, D] or None -> scalar, or [N] for
        ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, more negatives than other rows, positives of another shape, options out of
            range, or an unknown reduction.

    Cost:
        O(N^2 D + N S^2) time and O(N S (D + S)) memory for S = H + K + 1.

    Example:
        >>> z1, z2 = torch.randn(2, 100, 16)
        >>> GroCo(num_negatives=10)(z1, z2).shape
        torch.Size([])
    """

    def __init__(
        self,
        num_negatives: int = 10,
        *,
        steepness: float = 1.0,
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.num_negatives = check_int(num_negatives, "num_negatives", minimum=1)
        self.steepness = check_positive(steepness, "steepness")
        if block_size is not None:
            check_int(block_size, "block_size", minimum=1)
        self.block_size = block_size
        self.reduction = check_reduction(reduction)

    def forward(self, z1: Tensor, z2: Tensor, positives: Tensor | None = None) -> Tensor:
        r"""Return the loss of two views of the same N rows, and perhaps further positives."""
        return gro_co(
            z1,
            z2,
            positives,
            num_negatives=self.num_negatives,
            steepness=self.steepness,
            block_size=self.block_size,
            reduction=self.reduction,
        )

    def extra_repr(self) -> str:
        r"""Show the options."""
        return f"num_negatives={self.num_negatives}, steepness={self.steepness}"
