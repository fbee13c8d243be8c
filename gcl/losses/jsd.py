r"""The Jensen-Shannon objective between two views.

Legend: N rows of each view, D width.
"""

import math

from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_flag
from gcl.functional.gather import gather_rows
from gcl.functional.normalize import at_least_float32
from gcl.functional.pairwise import row_sum
from gcl.losses.base import GatheredLoss
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import reduce_rows


def jsd(
    z1: Tensor,
    z2: Tensor,
    *,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the Jensen-Shannon loss between two views: see :class:`JSD`."""
    check_negatives(z1, z2, gather)
    u, v = at_least_float32(z1), at_least_float32(z2)
    positive = F.softplus(-(u * v).sum(1))  # [N]
    others, own = gather_rows(v) if check_flag(gather, "gather") else (v, 0)
    negative = row_sum(
        u,
        others,
        phi="softplus",
        exclude_diagonal=True,
        diagonal=own,
        precision=precision,
        block_size=block_size,
    )
    return reduce_rows(positive + negative / (len(others) - 1), reduction)


class JSD(GatheredLoss):
    r"""Tell matching rows of two views from all others with a logistic loss (`Deep InfoMax
    <https://arxiv.org/abs/1808.06670>`_).

    .. math::
        L = \frac{1}{N} \sum_i \operatorname{softplus}(-u_i^\top v_i)
          + \frac{1}{N (N - 1)} \sum_i \sum_{j \neq i} \operatorname{softplus}(u_i^\top v_j)

    with u = ``z1``, v = ``z2``; inner products, not cosines, and no temperature. Positive: the same
    row of the other view. Negatives: all other rows of the other view. Adding
    :math:`-2 \log 2` gives the Jensen-Shannon estimator of InfoGraph and MVGRL up to its sign
    (:attr:`OFFSET`). The loss is symmetric in its arguments.

    Args:
        gather: in a group of processes, take the rows of all of them as candidates; their mean
            loss, with gradients averaged, is then that of one process with all rows. Unequal
            numbers of rows weigh the losses, as :func:`gcl.training.fit` does.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N anchors.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.zeros(3, 2)
        >>> JSD()(z, z)  # 2 log 2: nothing can be told apart
        tensor(1.3863)
    """

    OFFSET = -2 * math.log(2)

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return jsd(z1, z2, **self.options)
