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
from gcl.functional.processor import multiplies_bf16
from gcl.losses import nt_xent

TEMPERATURE = 0.4
SIZES = (2_000, 8_000, 16_000)
WIDTHS = (128, 256)
MEMORY_SIZES = (2_000, 10_000, 30_000, 100_000)
OURS = ("fp32", "bf16")

CALLS = {
    "dense": f"dense_nt_xent(*z, {TEMPERATURE})",
    "fp32": f"nt_xent(*z, temperature={TEMPERATURE})",
    "bf16": f'nt_xent(*z, temperature={TEMPERATURE}, precision="bf16")',
}

# A child process runs it: on a tiny input first, then on the real one.
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
    r"""One record for each N and D of forward and backward together.

    Seconds, ratios, shares of the rate of a matrix product in the same precision, errors of the
    gradient against the dense form, and peak MiB beyond the two views.
    """
    for n in sizes:
        for width in widths:
            seconds, rates, errors = _timed(n, width, repeats)
            # Half of the (2N)^2 pairs, four products each: one forward, one again, two backward.
            needed = 4.0 * (2 * n) ** 2 * width
            yield {
                "N": n,
                "D": width,
                **{f"{name}_seconds": seconds[name] for name in CALLS},
                **{f"{name}_ratio": seconds["dense"] / seconds[name] for name in OURS},
                **{f"{name}_share_of_gemm": needed / seconds[name] / rates[name] for name in OURS},
                **{f"{name}_gradient_error": errors[name] for name in OURS},
                **{f"{name}_extra": _peak_of(name, n, width) for name in CALLS},
            }


def _timed(
    n: int, width: int, repeats: int
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    r"""Seconds of all sides, rates of matrix products, and errors of the gradients, by name."""
    z1, z2 = views(n, width)
    ours = partial(nt_xent, z1, z2, temperature=TEMPERATURE)
    low = torch.bfloat16 if multiplies_bf16(z1.device) else torch.float32  # as the loss multiplies
    yardsticks = {"fp32": gemm(), "bf16": gemm(dtype=low)}
    sides: dict[str, Callable[[], Any]] = {
        "dense": partial(gradient, partial(dense_nt_xent, z1, z2, TEMPERATURE), z1),
        "fp32": partial(gradient, ours, z1),
        "bf16": partial(gradient, partial(ours, precision="bf16"), z1),
        **{f"gemm_{name}": work for name, (work, _) in yardsticks.items()},
    }
    exact = sides["dense"]()
    errors = {name: relative_error(sides[name](), exact) for name in OURS}
    seconds = compare(sides, repeats)
    rates = {name: yardsticks[name][1] / seconds[f"gemm_{name}"] for name in OURS}
    return seconds, rates, errors


def gradient(loss: Callable[[], Tensor], z: Tensor) -> Tensor:
    r"""The gradient of a loss with respect to ``z``."""
    return torch.autograd.grad(loss(), z)[0]


def relative_error(found: Tensor, exact: Tensor) -> float:
    r"""The length of the difference, in lengths of what is exact."""
    return ((found - exact).norm() / exact.norm()).item()


def measure_memory(
    sizes: Sequence[int] = MEMORY_SIZES, width: int = 128, largest_dense: int = 10_000
) -> Iterator[dict[str, Any]]:
    r"""One record for each N: peak MiB beyond the two views, and beyond their gradients too.

    The gradients are as large as the inputs, and are what was asked for.
    """
    for n in sizes:
        record: dict[str, Any] = {"N": n, "D": width, "inputs": 2 * n * width * 4 / 2**20}
        streamed = record["streamed_extra"] = _peak_of("fp32", n, width)
        record["streamed_beyond_gradients"] = streamed and streamed - record["inputs"]
        if n <= largest_dense:
            record["dense_extra"] = _peak_of("dense", n, width)
        yield record


def _peak_of(name: str, n: int, width: int) -> float | None:
    return extra_megabytes(_SETUP.format(width=width, call=CALLS[name]), f"z = views({n})")
