r"""Noise of a fixed length that keeps the signs of what it is added to.

Legend: N rows, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_matrix, check_non_negative
from gcl.functional.draws import uniform
from gcl.functional.normalize import unit_rows


def add_signed_noise(
    x: Tensor, length: float, *, generator: torch.Generator | None = None
) -> Tensor:
    r"""Move every row by a random vector of a given length (`SimGCL
    <https://arxiv.org/abs/2112.08679>`_).

    .. math::
        x_i' = x_i + \epsilon \, \operatorname{sign}(x_i) \odot \frac{n_i}{\|n_i\|},
        \qquad n_i \sim U(0, 1)^D

    Every entry moves away from 0, so a row stays in its orthant; entries that are 0 stay.

    Args:
        x: rows to move.
        length: :math:`\epsilon`, 0 or above.
        generator: source of randomness; torch's global generator if None.

    Shapes:
        x [N, D] -> [N, D]

    Raises:
        TypeError, ValueError: if x is no float matrix, or the length is negative.

    Example:
        >>> x = torch.tensor([[3.0, -4.0]])
        >>> (add_signed_noise(x, 0.5) - x).norm()
        tensor(0.5000)
    """
    check_matrix(x, "x", finite=False)
    check_non_negative(length, "length")
    draws = uniform(x.shape, x.device, generator, x.dtype)
    # In place: a large table costs more to allocate than to multiply.
    noise = unit_rows(draws).to(x.dtype).mul_(x.detach().sign()).mul_(length)
    return x + noise
