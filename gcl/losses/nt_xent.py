r"""NT-Xent with negatives from both views: the loss of GRACE.

Legend: N rows of each view, D width.
"""

from typing import Any

import torch
from torch import Tensor

from gcl.checks import check_flag, check_pair, check_positive
from gcl.functional.gather import gather_rows, is_distributed
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.two_views import two_view_logsumexp
from gcl.losses.base import GatheredLoss
from gcl.losses.reduce import check_reduction, reduce_rows


def nt_xent(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute NT-Xent over two views: see :class:`NTXent`."""
    check_pair(z1, z2)
    scale = 1 / check_positive(temperature, "temperature")
    check_reduction(reduction)
    several = check_flag(gather, "gather") and is_distributed()
    compare = _gathered if several else two_view_logsumexp
    partition, cosine = compare(z1, z2, scale=scale, precision=precision, block_size=block_size)
    return reduce_rows(partition.view(2, -1).mean(0) - scale * cosine, reduction)


def _gathered(
    z1: Tensor, z2: Tensor, *, scale: float, precision: str, block_size: int | None
) -> tuple[Tensor, Tensor]:
    r"""As :func:`two_view_logsumexp`, with the rows of all processes as candidates."""
    options: Any = {"scale": scale, "precision": precision, "block_size": block_size}
    partition, cosine = two_view_logsumexp(z1, z2, **options)  # pairs of own rows: each once
    z = unit_rows(torch.cat([z1, z2]))  # [2N, D]
    rows, own = gather_rows(z)
    others = torch.cat([rows[:own], rows[own + len(z) :]])
    if not len(others):  # the other processes stand in, and their gradients wait for this one
        return partition + 0.0 * rows.sum(), cosine
    return torch.logaddexp(partition, row_logsumexp(z, others, **options)), cosine


class NTXent(GatheredLoss):
    r"""Contrast every node with all others of both views (`GRACE <https://arxiv.org/abs/2006.04131>`_).

    .. math::
        \ell(u_i) = -\log \frac{e^{s(u_i, v_i) / \tau}}
        {\sum_j e^{s(u_i, v_j) / \tau} + \sum_{j \neq i} e^{s(u_i, u_j) / \tau}}, \qquad
        L = \frac{1}{2N} \sum_i \left[ \ell(u_i) + \ell(v_i) \right]

    with cosine similarity s, u = ``z1``, v = ``z2``. Positive: the same row of the other view.
    Negatives: every other row of both views; a row is never its own negative, and the positive
    stays in the denominator. The loss is exact: all 2N - 1 candidates of all 2N anchors count.

    Args:
        temperature: :math:`\tau` > 0.
        gather: in a group of processes, take the rows of all of them as candidates; their mean
            loss, with gradients averaged, is then that of one process with all rows. Unequal
            numbers of rows weigh the losses, as :func:`gcl.training.fit` does.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, a
            temperature that is not positive, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N) memory and a few blocks beside the gradient.

    Example:
        >>> loss = NTXent(temperature=0.5)
        >>> z1, z2 = torch.randn(100, 16), torch.randn(100, 16)
        >>> loss(z1, z2).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        self.temperature = check_positive(temperature, "temperature")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return nt_xent(z1, z2, temperature=self.temperature, **self.options)

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        return f"temperature={self.temperature}, {super().extra_repr()}"
