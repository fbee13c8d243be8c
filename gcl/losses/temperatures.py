r"""A temperature for every node, and the rule by which it follows the node's similarities.

Legend: N rows of a batch.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gcl.checks import check_number, check_positive


class Temperatures(NamedTuple):
    r"""The state of N nodes, three vectors [N] without gradients.

    Args:
        temperature: :math:`\tau_i`.
        log_mean: logarithm of :math:`s_i`, the running mean of exponentials; -inf before the first
            visit. The logarithm does not overflow at low temperatures.
        momentum: running mean of the temperature's slope.
    """

    temperature: Tensor
    log_mean: Tensor
    momentum: Tensor

    @classmethod
    def initial(cls, count: int, temperature: float) -> "Temperatures":
        r"""The state of ``count`` nodes that were never visited."""
        zeros = torch.zeros(count)
        return cls(zeros + temperature, zeros - math.inf, zeros.clone())


@dataclass(frozen=True)
class TemperatureRule:
    r"""How temperatures are learnt: constants of the stochastic steps.

    Args:
        rho: strength of the pull on the temperatures; higher is lower temperatures.
        gamma: share of the batch in the running mean of exponentials, in (0, 1].
        beta: share of the batch in the momentum, in (0, 1].
        lr: step size of the temperatures, above 0.
        clip: bound on the size of a slope, above 0.
        minimum: lowest temperature, above 0.
        maximum: highest temperature, not below ``minimum``.
    """

    rho: float = 6.0
    gamma: float = 0.8
    beta: float = 0.9
    lr: float = 1e-3
    clip: float = 3.0
    minimum: float = 0.05
    maximum: float = 1.0

    def __post_init__(self) -> None:
        check_number(self.rho, "rho")
        for name in ("gamma", "beta", "lr", "clip", "minimum"):
            check_positive(getattr(self, name), name)
        for name in ("gamma", "beta"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must be in (0, 1], got {getattr(self, name)}")
        self.check_temperature(self.maximum, "maximum", math.inf)

    def check_temperature(self, value: float, name: str, maximum: float | None = None) -> float:
        r"""Raise unless ``value`` lies between the lowest and the highest temperature."""
        high = self.maximum if maximum is None else maximum
        if not self.minimum <= check_positive(value, name) <= high:
            raise ValueError(f"{name} must be in [{self.minimum}, {high}], got {value}")
        return float(value)

    def running(self, log_mean: Tensor, log_batch: Tensor) -> Tensor:
        r"""Logarithm of the new running mean; that of the batch alone on the first visit: [N]."""
        if self.gamma == 1:
            return log_batch
        old = log_mean + math.log1p(-self.gamma)
        mixed = torch.logaddexp(old, log_batch + math.log(self.gamma))
        return torch.where(log_mean == -math.inf, log_batch, mixed)

    def step(self, state: Temperatures, log_mean: Tensor, slope: Tensor) -> Temperatures:
        r"""The state after a step against the slope of the objective in the temperatures."""
        slope = slope.clamp(-self.clip, self.clip)
        momentum = (1 - self.beta) * state.momentum + self.beta * slope
        temperature = (state.temperature - self.lr * momentum).clamp(self.minimum, self.maximum)
        return Temperatures(temperature, log_mean, momentum)
