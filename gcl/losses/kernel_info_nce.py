r"""InfoNCE with exponential kernels of a power of the distance.

Legend: N rows of each view, D width.
"""

import math
from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_choice, check_pair, check_positive, check_probability
from gcl.functional.normalize import unit_rows
from gcl.losses.base import PairwiseLoss
from gcl.losses.power_kernel import DEEPEST, power_kernel_logs
from gcl.losses.reduce import check_reduction, reduce_rows

COMBINATIONS = ("losses", "kernels")


def kernel_info_nce(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.5,
    gamma: float = 1.0,
    gaussian: float = 0.0,
    combine: str = "losses",
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute kernel-InfoNCE of two views: see :class:`KernelInfoNCE`."""
    check_pair(z1, z2)
    _check_kernel(temperature, gamma, gaussian, combine, precision)
    check_reduction(reduction)
    z = unit_rows(torch.cat([z1, z2]))  # [2N, D]
    part = partial(
        power_kernel_logs,
        z,
        temperature=temperature,
        precision=precision,
        block_size=block_size,
    )
    partition, positive = part(gamma)
    if gaussian > 0:
        both = partition, positive, *part(2.0)
        partition, positive = _combined(*both, gaussian, combine == "kernels")
    return reduce_rows((partition - positive).view(2, -1).mean(0), reduction)


def _combined(
    partition: Tensor,
    positive: Tensor,
    gaussian_partition: Tensor,
    gaussian_positive: Tensor,
    share: float,
    inside: bool,
) -> tuple[Tensor, Tensor]:
    r"""The logarithms of a sum of two kernels, or the weighted means of their logarithms."""

    def mean(x: Tensor, y: Tensor) -> Tensor:
        if inside and share < 1:
            return torch.logaddexp(x + math.log1p(-share), y + math.log(share))
        return (1 - share) * x + share * y

    return mean(partition, gaussian_partition), mean(positive, gaussian_positive)


def _check_kernel(
    temperature: float, gamma: float, gaussian: float, combine: str, precision: str
) -> None:
    check_positive(temperature, "temperature")
    check_probability(gaussian, "gaussian")
    check_choice(combine, "combine", COMBINATIONS)
    if check_positive(gamma, "gamma") > 2:
        raise ValueError(f"gamma must lie in (0, 2], got {gamma}")
    if gamma == 2 and gaussian > 0:
        raise ValueError(f"gaussian={gaussian} would be ignored: with gamma=2 all is Gaussian")
    if gamma < 2 and precision == "bf16":  # a cosine of 1 - 2^-9 is 1 there, a distance of 0.06
        raise ValueError(f"precision must be highest for gamma={gamma}, got {precision!r}")
    if gamma < 2 and 2**gamma > DEEPEST * temperature:
        least = 2**gamma / DEEPEST
        raise ValueError(
            f"temperature must be {least:.4f} or above for gamma={gamma}, got {temperature}"
        )


class KernelInfoNCE(PairwiseLoss):
    r"""Contrast every node with all others of both views by a kernel of their distance
    (`Kernel-InfoNCE <https://arxiv.org/abs/2303.15103>`_).

    .. math::
        \ell(u_i) = -\log \frac{k(u_i, v_i)}{\sum_j k(u_i, v_j) + \sum_{j \neq i} k(u_i, u_j)},
        \qquad k(x, y) = e^{-\lVert x - y \rVert^\gamma / \tau}

    on unit vectors, averaged over the rows of both views. Positive: the same row of the other view.
    Negatives: every other row of both views; the positive stays in the denominator.
    :math:`\gamma = 2` is :class:`~gcl.losses.NTXent` with temperature :math:`\tau / 2`,
    :math:`\gamma = 1` the Laplacian kernel. Lengths are :math:`(2 - 2 s + \epsilon)^{1/2}` with
    cosine similarity s and :math:`\epsilon = 10^{-6}` (0 for :math:`\gamma = 2`), so that the
    gradient of equal rows is finite.

    ``gaussian`` :math:`= 1 - \lambda` mixes with :math:`\gamma = 2`. The authors' code adds losses,
    :math:`\lambda L_\gamma + (1 - \lambda) L_2`; unverified: the paper adds kernels inside one
    loss, :math:`\lambda k_\gamma + (1 - \lambda) k_2` (``combine="kernels"``). The product of
    kernels on halves of the channels is left out.

    Args:
        temperature: :math:`\tau`, at least :math:`2^\gamma / 130` for :math:`\gamma < 2`.
        gamma: exponent :math:`\gamma` in (0, 2].
        gaussian: share of the Gaussian kernel, in [0, 1].
        combine: ``"losses"`` or ``"kernels"``: what ``gaussian`` adds up.
        precision: ``"highest"``, or for ``gamma=2`` also ``"bf16"``: products in bfloat16. They
            cannot tell small distances apart, where the other kernels are steep.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, options
            out of range, a share of the Gaussian beside ``gamma=2``, or an unknown combination,
            precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory; twice the time with both kernels.

    Example:
        >>> z = torch.eye(3)
        >>> KernelInfoNCE(temperature=1.0, gamma=2.0)(z, z)  # distances 0 and 2
        tensor(0.4327)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        gamma: float = 1.0,
        *,
        gaussian: float = 0.0,
        combine: str = "losses",
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        _check_kernel(temperature, gamma, gaussian, combine, precision)
        self.temperature, self.gamma = float(temperature), float(gamma)
        self.gaussian, self.combine = float(gaussian), combine

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return kernel_info_nce(
            z1,
            z2,
            temperature=self.temperature,
            gamma=self.gamma,
            gaussian=self.gaussian,
            combine=self.combine,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = (
            f"temperature={self.temperature}, gamma={self.gamma}, "
            f"gaussian={self.gaussian}, combine={self.combine!r}"
        )
        return f"{own}, {super().extra_repr()}"
