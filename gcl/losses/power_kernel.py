r"""Sums of kernels that are exponentials of a power of the distance of unit rows.

Legend: N rows of each view, D width.
"""

from torch import Tensor

from gcl.functional.pairwise import row_logsumexp, row_sum
from gcl.functional.phi import Phi

# Kernels are summed as exp(_SHIFT - d^gamma / tau). Beside the shift there is room above for the
# sum and the slope, and below for exponents down to -DEEPEST, in float32.
_SHIFT, DEEPEST = 50.0, 130.0
# Added to squared distances, which rounding blurs by about as much: the slope at 0 is finite.
_EPS = 1e-6


def power_kernel_logs(
    z: Tensor, gamma: float, *, temperature: float, precision: str, block_size: int | None
) -> tuple[Tensor, Tensor]:
    r"""Logarithms of the kernel's sum over all other rows and of its positive value: [2N]."""
    u, v = z.chunk(2)
    square = (2 - 2 * (u * v).sum(1)).repeat(2)  # [2N]
    if gamma == 2:
        lse = row_logsumexp(
            z,
            z,
            scale=2 / temperature,
            exclude_diagonal=True,
            precision=precision,
            block_size=block_size,
        )
        return lse - 2 / temperature, -square / temperature
    positive = -((square.clamp_min(0.0) + _EPS) ** (gamma / 2)) / temperature
    total = row_sum(
        z,
        z,
        phi=_kernel(gamma, temperature),
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
    return total.log() - _SHIFT, positive


def _kernel(gamma: float, temperature: float) -> Phi:
    r"""exp(shift - (2 - 2 s + eps)^(gamma / 2) / tau) as a function of the cosine s."""

    def square(s: Tensor) -> Tensor:
        return s.mul_(-2.0).add_(2.0).clamp_min_(0.0).add_(_EPS)

    def value(s: Tensor) -> Tensor:
        return square(s).pow_(gamma / 2).mul_(-1 / temperature).add_(_SHIFT).exp_()

    def slope(s: Tensor) -> Tensor:
        outer = square(s).pow(gamma / 2 - 1).mul_(gamma / temperature)
        return s.pow_(gamma / 2).mul_(-1 / temperature).add_(_SHIFT).exp_().mul_(outer)

    return Phi(1.0, value, slope)
