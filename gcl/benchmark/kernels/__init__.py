r"""Benchmarks of the kernels: streamed losses, memory, propagation, steps and their parts, POT,
recommenders, linear probes.

Each function yields plain records; :func:`run` collects them. Nothing here is a timed test.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gcl.benchmark.kernels.collect import collect
from gcl.benchmark.kernels.csgcl import time_csgcl
from gcl.benchmark.kernels.loss import measure_memory, time_losses
from gcl.benchmark.kernels.parts import time_parts
from gcl.benchmark.kernels.pot import time_pot
from gcl.benchmark.kernels.precision import measure_precision
from gcl.benchmark.kernels.probe import time_probes
from gcl.benchmark.kernels.propagation import time_propagation
from gcl.benchmark.kernels.ranking import time_ranking
from gcl.benchmark.kernels.rec import time_preparations, time_recommenders
from gcl.benchmark.kernels.step import time_steps

__all__ = [
    "run",
    "SUITES",
    "time_losses",
    "measure_memory",
    "measure_precision",
    "time_propagation",
    "time_parts",
    "time_probes",
    "time_steps",
    "time_csgcl",
    "time_pot",
    "time_recommenders",
    "time_preparations",
    "time_ranking",
]

SUITES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "loss": time_losses,
    "memory": measure_memory,
    "precision": measure_precision,
    "propagation": time_propagation,
    "parts": time_parts,
    "probe": time_probes,
    "step": time_steps,
    "csgcl": time_csgcl,
    "pot": time_pot,
    "rec": time_recommenders,
    "rec_once": time_preparations,
    "ranking": time_ranking,
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
        out: JSON file, rewritten after every record; nothing is written if None.
        report: called with each record as it comes.
    """
    return collect({name: SUITES[name] for name in suites}, out=out, report=report)
