r"""InfoNCE corrected for negatives that are of the anchor's class.

Legend: N rows of each view, D width.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_number, check_positive
from gcl.losses.base import GatheredLoss
from gcl.losses.negatives import log_negatives, unit_views
from gcl.losses.reduce import check_reduction, reduce_rows


def debiased_info_nce(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    tau_plus: float = 0.1,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the debiased loss of two views: see :class:`DebiasedInfoNCE`."""
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    u, v, among = unit_views(z1, z2, gather)
    negative = log_negatives(
        u, v, among, scale=1 / temperature, precision=precision, block_size=block_size
    )  # [2, N]
    positive = (u * v).sum(1) / temperature  # [N]
    count = 2 * len(among.u) - 2
    rows = debiased_rows(negative, positive, count, temperature, check_tau_plus(tau_plus))
    return reduce_rows(rows.mean(0), reduction)


def check_tau_plus(tau_plus: float) -> float:
    r"""Raise unless ``tau_plus`` is a number in [0, 1)."""
    check_number(tau_plus, "tau_plus")
    if not 0.0 <= tau_plus < 1.0:
        raise ValueError(f"tau_plus must lie in [0, 1), got {tau_plus}")
    return float(tau_plus)


def debiased_rows(
    negative: Tensor, positive: Tensor, count: int, temperature: float, tau_plus: float
) -> Tensor:
    r"""Loss of every anchor from logarithms: log(1 + max(corrected sum, its least value) / pos).

    With x = log(sum / pos) and k = count * tau_plus, the corrected sum over pos is
    (e^x - k) / (1 - tau_plus). Where it falls below its least value it is not computed at all, so
    that no infinite slope of the branch not taken reaches the gradient.

    Shapes:
        negative [2, N], positive [N] -> [2, N]
    """
    rest = math.log1p(-tau_plus)
    least = math.log(count) - 1 / temperature - positive  # [N]
    log_k = positive.new_tensor(count * tau_plus).log()
    x = negative - positive  # [2, N]
    above = x > torch.logaddexp(log_k, least + rest)
    safe = torch.where(above, x, log_k.clamp_min(0.0) + 1.0)
    corrected = safe + (-torch.expm1(log_k - safe)).log() - rest
    return F.softplus(torch.where(above, corrected, least))


class DebiasedInfoNCE(GatheredLoss):
    r"""Contrast every node with all others of both views, corrected for negatives of its own class
    (`Debiased contrastive learning <https://arxiv.org/abs/2007.00224>`_).

    .. math::
        \ell(u_i) = -\log \frac{e_i}{e_i + G_i}, \qquad
        G_i = \max\left( \frac{S_i - M \tau^+ e_i}{1 - \tau^+},\; M e^{-1/\tau} \right)

    with :math:`e_i = e^{s(u_i, v_i)/\tau}`, cosine similarity s, and :math:`S_i` the sum of
    :math:`e^{s/\tau}` over the M = 2N - 2 negatives; the mean is taken over the rows of both views.
    Positive: the same row of the other view. Negatives: every other row of both views.
    :math:`\tau^+ = 0` gives :class:`~gcl.losses.NTXent`. Where the lower bound of G holds, no
    gradient reaches the negatives; the positive keeps its own.

    Args:
        temperature: :math:`\tau` > 0.
        tau_plus: prior probability :math:`\tau^+` of [0, 1) that two nodes are of one class; about
            1 / classes.
        gather: in a group of processes, take the rows of all of them as candidates; their mean
            loss, with gradients averaged, is then that of one process with all rows. Unequal
            numbers of rows weigh the losses, as :func:`gcl.training.fit` does.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, a temperature that is not positive, ``tau_plus`` outside [0, 1), or an unknown
            precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(3)
        >>> DebiasedInfoNCE(temperature=1.0, tau_plus=0.0)(z, z)
        tensor(0.9048)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        tau_plus: float = 0.1,
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
        self.tau_plus = check_tau_plus(tau_plus)

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return debiased_info_nce(
            z1,
            z2,
            temperature=self.temperature,
            tau_plus=self.tau_plus,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = f"temperature={self.temperature}, tau_plus={self.tau_plus}"
        return f"{own}, {super().extra_repr()}"
