r"""How far training has come, for methods whose loss or target changes over time."""

import math

import torch
from torch import Tensor, nn


class Clock(nn.Module):
    r"""Count the steps of a method, in a buffer that checkpoints keep.

    Example:
        >>> clock = Clock()
        >>> clock.tick(), clock.tick()
        (1, 2)
    """

    steps: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def tick(self) -> int:
        r"""Count one step and return its number, 1 for the first."""
        self.steps += 1
        return int(self.steps)


def cosine_momentum(start: float, step: int, total_steps: int) -> float:
    r"""The momentum of `BYOL <https://arxiv.org/abs/2006.07733>`_, which rises from ``start`` to 1.

    .. math::
        m(t) = 1 - (1 - m_0) \big(1 + \cos(\pi t / T)\big) / 2

    It stays 1 beyond ``total_steps``.
    """
    progress = min(step / total_steps, 1.0)
    return 1.0 - (1.0 - start) * (1.0 + math.cos(math.pi * progress)) / 2.0
