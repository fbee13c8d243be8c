r"""InfoNCE between two views.

Legend: N rows of each view, D width.
"""

from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_flag, check_pair, check_positive
from gcl.functional.gather import gather_rows
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import GatheredLoss
from gcl.losses.reduce import reduce_rows


def info_nce(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    symmetric: bool = True,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute InfoNCE between two views: see :class:`InfoNCE`."""
    check_pair(z1, z2)
    check_positive(temperature, "temperature")
    u, v = unit_rows(z1), unit_rows(z2)
    positive = (u * v).sum(1) / temperature  # [N]
    lse = partial(row_logsumexp, scale=1 / temperature, precision=precision, block_size=block_size)
    partition = _log_partition(lse, u, v, positive, gather)
    if symmetric:
        partition = (partition + _log_partition(lse, v, u, positive, gather)) / 2
    return reduce_rows(partition - positive, reduction)


def _log_partition(
    lse: partial[Tensor], anchor: Tensor, other: Tensor, positive: Tensor, gather: bool
) -> Tensor:
    r"""Log of the denominator of each anchor: [N]."""
    candidates, own = gather_rows(other) if check_flag(gather, "gather") else (other, 0)
    if lse.keywords["precision"] == "highest":
        return lse(anchor, candidates)
    # Rounded, a positive that is nearly all of the sum would not cancel with itself.
    negatives = lse(anchor, candidates, exclude_diagonal=True, diagonal=own)
    return torch.logaddexp(negatives, positive)


class InfoNCE(GatheredLoss):
    r"""Contrast every row of one view with all rows of the other (`CPC
    <https://arxiv.org/abs/1807.03748>`_).

    .. math::
        \ell(u_i) = -\log \frac{e^{s(u_i, v_i) / \tau}}{\sum_j e^{s(u_i, v_j) / \tau}}, \qquad
        L = \frac{1}{2N} \sum_i \left[ \ell(u_i) + \ell(v_i) \right]

    with cosine similarity s, u = ``z1``, v = ``z2``. Positive: the same row of the other view.
    Negatives: all other rows of the other view; rows of the same view do not enter
    (:class:`~gcl.losses.NTXent` adds them). The positive stays in the denominator.

    Args:
        temperature: :math:`\tau` > 0.
        symmetric: average both directions; otherwise only ``z1`` holds anchors.
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
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(4)
        >>> InfoNCE(temperature=1.0)(z, z)
        tensor(0.7437)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        symmetric: bool = True,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        self.temperature = check_positive(temperature, "temperature")
        self.symmetric = check_flag(symmetric, "symmetric")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return info_nce(
            z1,
            z2,
            temperature=self.temperature,
            symmetric=self.symmetric,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        return f"temperature={self.temperature}, {super().extra_repr()}"
