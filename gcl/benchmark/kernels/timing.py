r"""Timing of several ways to do the same work, in one run."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from statistics import median

import torch

from gcl.functional.processor import processor_name


def compare(sides: Mapping[str, Callable[[], object]], repeats: int = 5) -> dict[str, float]:
    r"""Median seconds of every side; the sides take turns, so that a slow moment hits all alike.

    Args:
        sides: what to time, by name. Each is called once before the clock starts.
        repeats: rounds, 1 or more.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side()
    for _ in range(repeats):
        for name, side in sides.items():
            start = time.perf_counter()
            side()
            times[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in times.items()}


def gemm(
    size: int = 2048, dtype: torch.dtype = torch.float32
) -> tuple[Callable[[], object], float]:
    r"""A square matrix product, the machine's yardstick, and its floating-point operations.

    Shapes:
        [size, size] @ [size, size]
    """
    a, b = torch.randn(2, size, size).to(dtype)
    return lambda: a @ b, 2.0 * size**3


def machine() -> dict[str, object]:
    r"""What the figures were measured on."""
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
