r"""Weights with a power law, as the degrees of many graphs have.

Legend: N nodes, w a weight, R the largest weight over the smallest.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_positive
from gcl.functional.draws import uniform

EXPONENT = 2.5  # if the spread of the degrees is not known
_STEEPEST, _FLATTEST = 1.05, 20.0


def power_law(
    num_nodes: int,
    mean: float,
    largest: float,
    *,
    variation: float | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw expected degrees from a power law that is cut off.

    The density is proportional to :math:`w^{-\gamma}` between a smallest and a largest value.
    Beside the two values given, the coefficient of variation (standard deviation over mean) settles
    :math:`\gamma`; degrees that scatter around the weights as counts do then have that variation.

    Args:
        num_nodes: number of weights N.
        mean: their mean, above 0.
        largest: the cut-off, above the mean.
        variation: coefficient of variation of the *degrees*; with None, :math:`\gamma = 2.5`.
        generator: source of randomness.

    Shapes:
        -> [N], float64, of that mean exactly

    Raises:
        ValueError: for values out of range.

    Example:
        >>> weight = power_law(1000, 4.0, 100.0, generator=torch.Generator().manual_seed(0))
        >>> bool(weight.max() > 10), round(weight.mean().item(), 3)
        (True, 4.0)
    """
    check_int(num_nodes, "num_nodes", minimum=1)
    if check_positive(largest, "largest") <= check_positive(mean, "mean"):
        raise ValueError(f"largest must be above the mean {mean}, got {largest}")
    ratio = largest / mean
    gamma = EXPONENT if variation is None else _exponent(ratio, _spread(variation, mean))
    tail, span = 1.0 - gamma, _span(gamma, ratio)
    draw = uniform(num_nodes, torch.device("cpu"), generator, torch.float64)
    weight = (1 + draw * (span**tail - 1)) ** (1 / tail)  # the inverse of the distribution
    return weight * (mean / weight.mean())


def _spread(variation: float, mean: float) -> float:
    r"""Variation of the weights, if that of counts with these means is ``variation``."""
    return max(check_positive(variation, "variation") ** 2 - 1 / mean, 0.0) ** 0.5


def _exponent(ratio: float, variation: float) -> float:
    steep, flat = _STEEPEST, _FLATTEST
    for _ in range(60):
        middle = (steep + flat) / 2
        first, second = (_moment(middle, _span(middle, ratio), k) for k in (1, 2))
        if second / first**2 - 1 > variation**2:
            steep = middle
        else:
            flat = middle
    return flat


def _span(gamma: float, ratio: float) -> float:
    r"""R, for which the largest weight is ``ratio`` times the mean."""
    low, high = 1.0, 1e12
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if middle < ratio * _moment(gamma, middle, 1) else (low, middle)
    return high


def _moment(gamma: float, span: float, k: int) -> float:
    r"""The mean of the k-th power, with a smallest weight of 1."""

    def integral(power: float) -> float:
        if abs(power + 1) < 1e-9:
            return float(torch.tensor(span).double().log())
        return (span ** (power + 1) - 1) / (power + 1)

    return integral(k - gamma) / integral(-gamma)
