r"""Differentiable draws that stand for yes or no.

Legend: M independent draws.
"""

import torch
from torch import Tensor

from gcl.checks import NonFiniteError, check_positive, describe
from gcl.functional.draws import uniform


def relaxed_bernoulli(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    margin: float = 1e-4,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw numbers in [0, 1] that are near 1 with probability ``sigmoid(logits)``, else near 0
    (`Maddison et al. 2017 <https://arxiv.org/abs/1611.00712>`_).

    .. math::
        w = \operatorname{sigmoid}\Big(
            \frac{\log \delta - \log(1 - \delta) + \omega}{\tau} \Big), \qquad
        \delta \sim U(\epsilon, 1 - \epsilon)

    The gradient reaches the logits :math:`\omega`. The lower the temperature, the closer a draw
    is to 0 or 1, and the smaller its gradient mostly; rounded, it is a Bernoulli draw for every
    temperature, up to ``margin``.

    Args:
        logits: log-odds of each draw, of any shape.
        temperature: :math:`\tau` > 0.
        margin: :math:`\epsilon` in (0, 0.5), which keeps the noise finite. The default is that of
            the authors' code of AD-GCL.
        generator: source of randomness. Default: torch's global generator.

    Shapes:
        logits [M] -> [M]

    Raises:
        TypeError: for logits that are no floating-point tensor.
        ValueError: for logits that are NaN, a temperature that is not positive, or a margin
            outside (0, 0.5).

    Example:
        >>> relaxed_bernoulli(torch.tensor([-1e4, 1e4]))
        tensor([0., 1.])

    Cost: O(M).
    """
    _check_logits(logits)
    check_positive(temperature, "temperature")
    check_margin(margin)
    dtype = torch.promote_types(logits.dtype, torch.float32)  # half precision rounds delta to 1
    delta = margin + (1 - 2 * margin) * uniform(logits.shape, logits.device, generator, dtype)
    return ((delta.logit() + logits) / temperature).sigmoid().to(logits.dtype)


def check_margin(margin: float) -> float:
    r"""Raise unless ``margin`` is a number in (0, 0.5)."""
    if check_positive(margin, "margin") >= 0.5:
        raise ValueError(f"margin must be a number in (0, 0.5), got {margin}")
    return margin


def _check_logits(logits: Tensor) -> None:
    if not isinstance(logits, Tensor) or not logits.is_floating_point():
        raise TypeError(f"logits must be a floating-point tensor, got {describe(logits)}")
    if bool(logits.detach().isnan().any()):
        bad = int(logits.detach().isnan().sum())
        raise NonFiniteError(f"logits must not be NaN, got {bad} such entries of {logits.numel()}")
