r"""What products in bfloat16 do to the gradient of NT-Xent, as views become nearly parallel.

Legend: N nodes of each view, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from gcl.benchmark.kernels.dense import dense_nt_xent
from gcl.benchmark.kernels.loss import TEMPERATURE, gradient, relative_error, views
from gcl.functional.normalize import unit_rows
from gcl.functional.pairs import to_bf16_and_back
from gcl.functional.pairwise import row_logsumexp
from gcl.losses import nt_xent

SHARED = (0.0, 0.3, 0.5, 1.0, 3.0, 10.0, 30.0)


def measure_precision(
    n: int = 2_000, width: int = 256, shared: Sequence[float] = SHARED
) -> Iterator[dict[str, Any]]:
    r"""One record for each length that all rows share, in lengths of what tells them apart.

    The mean cosine of all pairs, and relative errors of the gradient against a dense loss in
    float64: of float32 products, of precision bf16, and of unit rows rounded to bfloat16 without
    being taken about their mean.
    """
    for length in shared:
        z1, z2 = nearly_parallel(n, width, length)
        exact = _gradient_of(
            lambda a, b: dense_nt_xent(a, b, TEMPERATURE), z1.double(), z2.double()
        )
        yield {
            "N": n,
            "D": width,
            "mean_cosine": _mean_cosine(torch.cat([z1, z2])),
            **{
                f"{name}_gradient_error": relative_error(_gradient_of(loss, z1, z2), exact)
                for name, loss in SIDES.items()
            },
        }


def nearly_parallel(n: int, width: int, length: float) -> tuple[Tensor, Tensor]:
    r"""Two views whose rows share a direction ``length`` times as long as what is their own."""
    z1, z2 = views(n, width)
    direction = torch.randn(width, generator=torch.Generator().manual_seed(1))
    return (z1 + length * direction).detach(), (z2 + length * direction).detach()


def rounded_nt_xent(z1: Tensor, z2: Tensor) -> Tensor:
    r"""The loss with unit rows rounded to bfloat16 as they are where all pairs are compared."""
    z = unit_rows(torch.cat([z1, z2]))
    low = to_bf16_and_back(z)
    partition = row_logsumexp(low, low, scale=1 / TEMPERATURE, exclude_diagonal=True)
    u, v = z.chunk(2)
    return (partition.view(2, -1).mean(0) - (u * v).sum(1) / TEMPERATURE).mean()


SIDES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "fp32": lambda a, b: nt_xent(a, b, temperature=TEMPERATURE),
    "bf16": lambda a, b: nt_xent(a, b, temperature=TEMPERATURE, precision="bf16"),
    "rounded": rounded_nt_xent,
}


def _gradient_of(loss: Callable[[Tensor, Tensor], Tensor], z1: Tensor, z2: Tensor) -> Tensor:
    a = z1.clone().requires_grad_()
    return gradient(lambda: loss(a, z2), a)


def _mean_cosine(z: Tensor) -> float:
    return unit_rows(z).mean(0).square().sum().item()
