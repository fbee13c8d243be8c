r"""The streamed NT-Xent loss beside its dense form: time, memory, error of the gradient.

Legend: N nodes of each view, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gcl.benchmark.kernels.dense import dense_nt_xent
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.timing import compare, gemm
from gcl.losses import nt_xent

TEMPERATURE = 0.4
SIZES = (2_000, 8_000, 16_000)
WIDTHS = (128, 256)
MEMORY_SIZES = (2_000, 10_000, 30_000, 100_000)

_SETUP = """
import torch
from gcl.losses import nt_xent
from gcl.benchmark.kernels.dense import dense_nt_xent
def views(n): return [torch.randn(n, {width}, requires_grad=True) for _ in range(2)]
z = views(200)
def work(): ({call}).backward()
"""


def views(n: int, width: int) -> tuple[Tensor, Tensor]:
    r"""Two noisy copies of one random matrix, each a leaf with a gradient: [N, D]."""
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(n, width, generator=generator)
    noise = torch.randn(2, n, width, generator=generator)
    z1, z2 = (base + 0.3 * noise).unbind()
    return z1.clone().requires_grad_(), z2.clone().requires_grad_()


def time_losses(
    sizes: Sequence[int] = SIZES, widths: Sequence[int] = WIDTHS, repeats: int = 5
) -> Iterator[dict[str, Any]]:
    r"""One record for each N and D: seconds of forward and backward, ratios, gradient errors."""
    yardstick, operations = gemm()
    for n in sizes:
        for width in widths:
            z1, z2 = views(n, width)
            ours = partial(nt_xent, z1, z2, temperature=TEMPERATURE)
            sides: dict[str, Callable[[], Any]] = {
                "gemm": yardstick,
                "dense": partial(_gradient, partial(dense_nt_xent, z1, z2, TEMPERATURE), z1),
                "fp32": partial(_gradient, ours, z1),
                "bf16": partial(_gradient, partial(ours, precision="bf16"), z1),
            }
            exact = sides["dense"]()
            errors = {name: _error(sides[name](), exact) for name in ("fp32", "bf16")}
            seconds = compare(sides, repeats)
            rate = operations / seconds["gemm"]
            # Half of the (2N)^2 pairs, four products each: one forward, one again, two backward.
            needed = 4.0 * (2 * n) ** 2 * width
            yield {
                "N": n,
                "D": width,
                "dense_seconds": seconds["dense"],
                "fp32_seconds": seconds["fp32"],
                "bf16_seconds": seconds["bf16"],
                "fp32_ratio": seconds["dense"] / seconds["fp32"],
                "bf16_ratio": seconds["dense"] / seconds["bf16"],
                "fp32_share_of_gemm": needed / seconds["fp32"] / rate,
                "fp32_gradient_error": errors["fp32"],
                "bf16_gradient_error": errors["bf16"],
            }


def _gradient(loss: Callable[[], Tensor], z: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(loss(), z)
    return gradient


def _error(gradient: Tensor, exact: Tensor) -> float:
    return ((gradient - exact).norm() / exact.norm()).item()


def measure_memory(
    sizes: Sequence[int] = MEMORY_SIZES, width: int = 128, largest_dense: int = 10_000
) -> Iterator[dict[str, Any]]:
    r"""One record for each N: peak MiB beyond the two views, gradients included."""
    for n in sizes:
        record: dict[str, Any] = {"N": n, "D": width, "inputs": 2 * n * width * 4 / 2**20}
        calls = {"streamed": f"nt_xent(*z, temperature={TEMPERATURE})"}
        if n <= largest_dense:
            calls["dense"] = f"dense_nt_xent(*z, {TEMPERATURE})"
        for name, call in calls.items():
            setup = _SETUP.format(width=width, call=call)
            record[f"{name}_extra"] = extra_megabytes(setup, f"z = views({n})")
        yield record
