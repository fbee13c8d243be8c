r"""The debiased loss with hard negatives weighted up.

Legend: N rows of each view, D width.
"""

import math
from functools import partial

from torch import Tensor

from gcl.checks import check_non_negative, check_positive
from gcl.losses.base import GatheredLoss
from gcl.losses.debiased_info_nce import check_tau_plus, debiased_rows
from gcl.losses.negatives import log_negatives, unit_views
from gcl.losses.reduce import check_reduction, reduce_rows


def hardness_weighted(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    tau_plus: float = 0.1,
    beta: float = 1.0,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the hardness-weighted loss of two views: see :class:`HardnessWeighted`."""
    check_positive(temperature, "temperature")
    check_non_negative(beta, "beta")
    check_reduction(reduction)
    u, v, among = unit_views(z1, z2, gather)
    count = 2 * len(among.u) - 2
    sums = partial(log_negatives, u, v, among, precision=precision, block_size=block_size)
    negative = sums(scale=(1 + beta) / temperature)  # [2, N]
    if beta > 0:  # divided by the mean weight; all weights are 1 otherwise
        negative = negative - sums(scale=beta / temperature) + math.log(count)
    positive = (u * v).sum(1) / temperature  # [N]
    rows = debiased_rows(negative, positive, count, temperature, check_tau_plus(tau_plus))
    return reduce_rows(rows.mean(0), reduction)


class HardnessWeighted(GatheredLoss):
    r"""Contrast every node with all others of both views, similar negatives weighted up (`HCL
    <https://arxiv.org/abs/2010.04592>`_).

    The debiased loss (:class:`~gcl.losses.DebiasedInfoNCE`) with the sum over its M = 2N - 2
    negatives replaced by a weighted one:

    .. math::
        S_i = \sum_j \omega_{ij} e^{s_{ij} / \tau}, \qquad
        \omega_{ij} = \frac{e^{\beta s_{ij} / \tau}}{\frac{1}{M} \sum_k e^{\beta s_{ik} / \tau}}

    Positive: the same row of the other view. Negatives: every other row of both views, with
    cosine similarity s. The weights rise with similarity, average 1, and pass their gradient on.
    :math:`\beta` multiplies :math:`s / \tau`, so exponents reach :math:`(1 + \beta) / \tau`.
    :math:`\beta = 0` gives the debiased loss, and :math:`\tau^+ = 0` with it NT-Xent.

    Args:
        temperature: :math:`\tau` > 0.
        tau_plus: prior probability :math:`\tau^+` of [0, 1) that two nodes are of one class.
        beta: concentration :math:`\beta`, 0 or above, on hard negatives.
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
            2 rows, a temperature that is not positive, ``tau_plus`` outside [0, 1), a negative
            ``beta``, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory; the pairs are walked twice, once with each exponent.

    Example:
        >>> z = torch.eye(3)
        >>> HardnessWeighted(1.0, tau_plus=0.0, beta=2.0)(z, z)  # equal negatives, equal weights
        tensor(0.9048)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        tau_plus: float = 0.1,
        beta: float = 1.0,
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
        self.beta = check_non_negative(beta, "beta")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return hardness_weighted(
            z1,
            z2,
            temperature=self.temperature,
            tau_plus=self.tau_plus,
            beta=self.beta,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = f"temperature={self.temperature}, tau_plus={self.tau_plus}, beta={self.beta}"
        return f"{own}, {super().extra_repr()}"
