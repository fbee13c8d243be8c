r"""InfoNCE over several heads with a learnt temperature each: a stand-in for AMCL.

Legend: N rows of each view, D width, C heads.
"""

import math

import torch
from torch import Tensor, nn

from gcl.checks import check_int, check_non_negative, check_pair, check_positive, describe
from gcl.functional.normalize import at_least_float32, unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss, StreamOptions
from gcl.losses.reduce import check_reduction, reduce_rows

_ROUNDING = 1e-6  # of a logarithm in float32: a temperature at a bound is within it


def adaptive_multi_head(
    z1: Tensor,
    z2: Tensor,
    log_temperature: Tensor,
    *,
    prior: float = 0.5,
    weight: float = 0.1,
    minimum: float = 0.05,
    maximum: float = 5.0,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the multi-head loss of two views: see :class:`AdaptiveMultiHead`.

    Shapes:
        z1 [N, D], z2 [N, D], log_temperature [C] -> scalar, or [N] for ``reduction="none"``
    """
    check_pair(z1, z2)
    check_non_negative(weight, "weight")
    check_reduction(reduction)
    _check_bounds(prior, "prior", minimum, maximum)
    log_t = _check_heads(log_temperature, z1.size(1)).to(at_least_float32(z1).dtype)  # [C]
    options = StreamOptions(precision=precision, block_size=block_size)
    heads = zip(
        z1.chunk(len(log_t), dim=1),
        z2.chunk(len(log_t), dim=1),
        1 / log_t.clamp(math.log(minimum) - _ROUNDING, math.log(maximum) + _ROUNDING).exp(),
        strict=True,
    )
    rows = [_info_nce(unit_rows(x), unit_rows(y), scale, options) for x, y, scale in heads]
    penalty = weight * (log_t - math.log(prior)).square().sum()
    return reduce_rows(torch.stack(rows).mean(0) + penalty, reduction)


def _info_nce(u: Tensor, v: Tensor, scale: Tensor, options: StreamOptions) -> Tensor:
    r"""InfoNCE in both directions, differentiable in the inverse temperature: [N]."""
    forward = row_logsumexp(u, v, scale=scale, **options)
    backward = row_logsumexp(v, u, scale=scale, **options)
    return (forward + backward) / 2 - scale * (u * v).sum(1)


def _check_heads(log_temperature: Tensor, width: int) -> Tensor:
    if not isinstance(log_temperature, Tensor) or not log_temperature.is_floating_point():
        raise TypeError(f"log_temperature must be a float vector, got {describe(log_temperature)}")
    if log_temperature.dim() != 1 or not len(log_temperature) or width % len(log_temperature):
        raise ValueError(
            f"log_temperature must hold one entry per head, their number a divisor of the width "
            f"{width} of z1; got {describe(log_temperature)}"
        )
    return log_temperature


def _check_bounds(value: float, name: str, minimum: float, maximum: float) -> float:
    check_positive(minimum, "minimum")
    check_positive(maximum, "maximum")
    if not minimum <= check_positive(value, name) <= maximum:
        raise ValueError(f"{name} must be in [{minimum}, {maximum}], got {value}")
    return float(value)


class AdaptiveMultiHead(PairwiseLoss):
    r"""Contrast two views head by head, each at a temperature that it learns, a stand-in (`AMCL
    <https://arxiv.org/abs/2310.05615>`_).

    .. math::
        L = \frac{1}{C} \sum_c \operatorname{InfoNCE}(u^{(c)}, v^{(c)}; \tau_c)
            + \mu \sum_c (\log \tau_c - \log \tau_0)^2

    Unverified: this is **not** the published objective, whose exact formula was not available to us
    and whose temperatures depend on the pair as well as on the head. It is a simple loss with the
    same parts: several heads, learnt temperatures, and a penalty that keeps them from diverging.

    Head c is the c-th of C equal pieces of the width, so a projector of width C d holds C
    projection heads of width d. Positive: the same row of the other view, within a head. Negatives:
    all other rows of the other view, in both directions, as in :class:`~gcl.losses.InfoNCE`.
    ``log_temperature`` [C] is learnt. A temperature enters InfoNCE clamped to the bounds; beyond
    them it has no gradient but that of the penalty, which draws it back.

    Args:
        num_heads: C, a divisor of the width.
        temperature: :math:`\tau_0`, the initial value and the penalty's centre, within the bounds.
        weight: :math:`\mu`, 0 or above.
        minimum: lowest temperature, above 0.
        maximum: highest temperature.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs; every pair carries the
            penalty.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, a width
            that the heads do not divide, options out of range, or an unknown precision or
            reduction.

    Cost:
        O(N^2 (D + C)) time, O(N D) memory.

    Example:
        >>> loss = AdaptiveMultiHead(num_heads=4)
        >>> z1, z2 = torch.randn(2, 100, 4 * 16)
        >>> loss(z1, z2).shape
        torch.Size([])
    """

    def __init__(
        self,
        num_heads: int,
        *,
        temperature: float = 0.5,
        weight: float = 0.1,
        minimum: float = 0.05,
        maximum: float = 5.0,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        check_int(num_heads, "num_heads", minimum=1)
        self.prior = _check_bounds(temperature, "temperature", minimum, maximum)
        self.minimum = minimum
        self.maximum = maximum
        self.weight = check_non_negative(weight, "weight")
        self.log_temperature = nn.Parameter(torch.full((num_heads,), math.log(temperature)))

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return adaptive_multi_head(
            z1,
            z2,
            self.log_temperature,
            prior=self.prior,
            weight=self.weight,
            minimum=self.minimum,
            maximum=self.maximum,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the number of heads, the penalty and the options."""
        own = f"num_heads={len(self.log_temperature)}, prior={self.prior}, weight={self.weight}"
        return f"{own}, {super().extra_repr()}"
