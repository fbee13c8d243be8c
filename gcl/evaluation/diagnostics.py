r"""How embeddings look without labels: alignment, uniformity, effective rank, ranks of positives.

They tell a collapse or a trivial solution early; they do not rank methods. None has a gradient.

Legend: N rows, D width.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from gcl.checks import check_pair
from gcl.evaluation.inputs import as_features
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_sum
from gcl.functional.phi import Phi
from gcl.losses.align_uniform import alignment, uniformity


class AlignmentUniformity(NamedTuple):
    r"""Mean distance of matching rows, and log of the mean kernel over different rows."""

    alignment: float
    uniformity: float


@torch.no_grad()
def alignment_and_uniformity(
    z1: Tensor, z2: Tensor, *, alpha: float = 2.0, t: float = 2.0, block_size: int | None = None
) -> AlignmentUniformity:
    r"""Measure how close two views of a row are, and how evenly rows cover the sphere.

    Alignment is the mean of :math:`\|u_i - v_i\|^\alpha`, uniformity the mean over both views of
    :math:`\log \operatorname{mean}_{i \neq j} e^{-t \|u_i - u_j\|^2}`, for rows scaled to unit
    length (`Wang and Isola <https://arxiv.org/abs/2005.10242>`_). Lower is better for both; a
    collapse has 0 in both.

    Args:
        z1: first view.
        z2: second view.
        alpha: exponent of the distance, 1 or above.
        t: inverse width of the kernel, above 0.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        z1 [N, D], z2 [N, D]

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, or an option out of range.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> alignment_and_uniformity(torch.eye(2), torch.eye(2))
        AlignmentUniformity(alignment=0.0, uniformity=-4.0)
    """
    close = alignment(z1, z2, alpha=alpha)
    even = [uniformity(z, t=t, block_size=block_size) for z in (z1, z2)]
    return AlignmentUniformity(close.item(), ((even[0] + even[1]) / 2).item())


def effective_rank(h: Tensor) -> float:
    r"""Compute the exponential of the entropy of the singular values.

    .. math::
        \exp\Big(-\sum_k p_k \log p_k\Big), \qquad p_k = \sigma_k / \sum_l \sigma_l

    The number of directions that embeddings use: 1 to min(N, D), and 0 for embeddings of zeros
    (`RankMe <https://arxiv.org/abs/2210.02885>`_). Rows are not centred.

    Args:
        h: embeddings.

    Shapes:
        h [N, D]

    Raises:
        TypeError, ValueError: if ``h`` is no finite float matrix with rows and columns.

    Cost:
        O(N D min(N, D)).

    Example:
        >>> round(effective_rank(torch.eye(3)), 6)
        3.0
    """
    sigma = torch.linalg.svdvals(as_features(h))
    if not sigma.any():
        return 0.0
    return torch.special.entr(sigma / sigma.sum()).sum().exp().item()


@torch.no_grad()
def mean_positive_rank(z1: Tensor, z2: Tensor, *, block_size: int | None = None) -> float:
    r"""Compute the mean rank of each row's other view among all rows of the other view, by cosine.

    1 means that every row finds itself first. Equal similarities, up to rounding, count half:
    embeddings that are all the same have the rank of chance, (N + 1) / 2.

    Args:
        z1: anchors.
        z2: candidates.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        z1 [N, D], z2 [N, D]

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, or a block
            size below 1.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> mean_positive_rank(torch.eye(4), torch.eye(4))
        1.0
    """
    check_pair(z1, z2)
    u, v = unit_rows(z1), unit_rows(z2)
    positive = (u * v).sum(1)
    ahead = row_sum(
        u,
        v,
        phi=_ahead(64 * torch.finfo(u.dtype).eps),
        row_bias=-positive,
        exclude_diagonal=True,
        block_size=block_size,
    )
    return 1 + ahead.double().mean().item()


def _ahead(tolerance: float) -> Phi:
    r"""1 for a candidate above the positive, 1/2 for one within the tolerance, 0 below."""

    def value(s: Tensor) -> Tensor:
        return ((s > tolerance).to(s.dtype) + (s >= -tolerance).to(s.dtype)) / 2

    return Phi(1.0, value, torch.zeros_like)
