r"""Variance, invariance and covariance of two views: the loss of VICReg.

Legend: N rows of each view, D width.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from gcl.checks import check_non_negative
from gcl.functional.autocast import full_precision
from gcl.losses.columns import check_columns, off_diagonal

# Added to the variance, so that the square root has a slope where a column is constant.
_EPS = 1e-4


@full_precision
def vic_reg(
    z1: Tensor,
    z2: Tensor,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
) -> Tensor:
    r"""Compute the loss of VICReg: see :class:`VICReg`."""
    z1, z2 = check_columns(z1, z2)
    check_non_negative(invariance, "invariance")
    check_non_negative(variance, "variance")
    check_non_negative(covariance, "covariance")
    spread = (_missing_deviation(z1) + _missing_deviation(z2)) / 2
    shared = _shared_covariance(z1) + _shared_covariance(z2)
    return invariance * F.mse_loss(z1, z2) + variance * spread + covariance * shared


def _missing_deviation(z: Tensor) -> Tensor:
    r"""How far the columns' standard deviations fall short of 1, on average."""
    return F.relu(1 - (z.var(0) + _EPS).sqrt()).mean()


def _shared_covariance(z: Tensor) -> Tensor:
    z = z - z.mean(0)
    return off_diagonal(z.t() @ z / (len(z) - 1)) / z.size(1)  # of [D, D]


class VICReg(nn.Module):
    r"""Match two views while every column keeps its spread and stays uncorrelated (`VICReg
    <https://arxiv.org/abs/2105.04906>`_).

    .. math::
        L = \frac{\lambda}{N D} \lVert Z_1 - Z_2 \rVert_F^2
          + \frac{\mu}{2} \left[ v(Z_1) + v(Z_2) \right] + \nu \left[ c(Z_1) + c(Z_2) \right], \\
        v(Z) = \frac{1}{D} \sum_a \max\Big(0, 1 - \sqrt{\operatorname{Var}(z_a) + 10^{-4}}\Big),
        \qquad c(Z) = \frac{1}{D} \sum_{a \neq b} \operatorname{Cov}(Z)_{ab}^2

    on projections that are not normalised. Positive: the same row of the other view. Negatives:
    none; the variance term prevents collapse. Variance and covariance divide by N - 1, and the
    variance term averages both views, which some graph libraries forget. The loss has no value per
    row.

    Args:
        invariance: :math:`\lambda \geq 0`.
        variance: :math:`\mu \geq 0`.
        covariance: :math:`\nu \geq 0`.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, or a negative weight.

    Cost:
        O(N D^2) time, O(D^2) memory.

    Example:
        >>> z = torch.zeros(3, 2)
        >>> VICReg()(z, z)  # 25 (1 - 0.01): all spread is missing
        tensor(24.7500)
    """

    def __init__(
        self, *, invariance: float = 25.0, variance: float = 25.0, covariance: float = 1.0
    ) -> None:
        super().__init__()
        self.invariance = check_non_negative(invariance, "invariance")
        self.variance = check_non_negative(variance, "variance")
        self.covariance = check_non_negative(covariance, "covariance")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return vic_reg(
            z1,
            z2,
            invariance=self.invariance,
            variance=self.variance,
            covariance=self.covariance,
        )

    def extra_repr(self) -> str:
        r"""Show the weights."""
        return (
            f"invariance={self.invariance}, variance={self.variance}, covariance={self.covariance}"
        )
