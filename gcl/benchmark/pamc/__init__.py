r"""The benchmark of PamC: cost beside exact losses, growth, and quality of the approximation.

Each suite yields plain records; :func:`run` collects them. Nothing here is a timed test.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gcl.benchmark.kernels.collect import collect
from gcl.benchmark.pamc.cost import time_losses, time_steps
from gcl.benchmark.pamc.figure import draw
from gcl.benchmark.pamc.growth import measure_memory, time_growth
from gcl.benchmark.pamc.quality import tighten, unbalance

__all__ = ["run", "SUITES"]

SUITES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "loss": time_losses,
    "step": time_steps,
    "growth": time_growth,
    "memory": measure_memory,
    "tighten": tighten,
    "unbalance": unbalance,
}


def run(
    suites: tuple[str, ...] = tuple(SUITES),
    *,
    out: Path | None = None,
    report: Callable[[str, dict[str, Any]], None] = lambda suite, record: None,
) -> dict[str, Any]:
    r"""Run some suites and return their records, with the machine they ran on.

    Args:
        suites: names of :data:`SUITES`.
        out: JSON file, rewritten after every record; with the growth of time, a PNG file of the
            same name is drawn beside it. Nothing is written if None.
        report: called with each record as it comes.
    """
    content = collect({name: SUITES[name] for name in suites}, out=out, report=report)
    if out is not None and content.get("growth"):
        draw(content, out.with_suffix(".png"))
    return content
