r"""Benchmark of training on graphs of growing size: seconds per epoch, peak memory, growth.

Every measurement runs in a process of its own.
"""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gcl.benchmark.kernels.timing import machine
from gcl.benchmark.scale.graphs import GRAPHS
from gcl.benchmark.scale.measure import measure_apart
from gcl.benchmark.scale.processes import TWO_PROCESSES, measure_two_processes
from gcl.benchmark.scale.training import TRAININGS
from gcl.checks import check_choice

__all__ = ["run", "growth", "GRAPHS", "TRAININGS", "TWO_PROCESSES", "DEFAULT_GRAPHS"]

# The whole of the largest needs some 20 GB, so it is measured on request.
DEFAULT_GRAPHS = tuple(name for name in GRAPHS if name != "synthetic products")


def run(
    graphs: Sequence[str] = DEFAULT_GRAPHS,
    trainings: Sequence[str] = tuple(TRAININGS),
    *,
    out: Path | None = None,
    report: Callable[[str, dict[str, Any]], None] = lambda suite, record: None,
) -> dict[str, Any]:
    r"""Measure some trainings on some graphs and return the records, with the machine.

    Args:
        graphs: names of :data:`GRAPHS`.
        trainings: names of :data:`TRAININGS`, or of :data:`TWO_PROCESSES`, which are compared with
            one process.
        out: JSON file, rewritten after every record; nothing is written if None. What it holds of
            other graphs and trainings stays.
        report: called with each record as it comes.

    Raises:
        ValueError: for unknown names, or if ``out`` holds records of another machine.
    """
    for name in graphs:
        check_choice(name, "graphs", GRAPHS)
    for name in trainings:
        check_choice(name, "trainings", [*TRAININGS, *TWO_PROCESSES])
    content = _held(out)
    for graph in graphs:
        for training in trainings:
            both = training in TWO_PROCESSES
            suite, of = ("speed_up", measure_two_processes) if both else ("scale", measure_apart)
            record = of(graph, training)
            content[suite] = _with(record, content[suite])
            content["growth"] = growth(content["scale"])
            report(suite, record)
            if out is not None:
                out.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return content


def _held(out: Path | None) -> dict[str, Any]:
    r"""What a file holds, which has to be of this machine; no records without one."""
    content: dict[str, Any] = {"machine": machine(), "scale": [], "growth": [], "speed_up": []}
    if out is None or not out.is_file():
        return content
    held = json.loads(out.read_text(encoding="utf-8"))
    if held["machine"] != content["machine"]:
        raise ValueError(
            f"out must be another file: {out} was measured on {held['machine']}, but this machine "
            f"is {content['machine']}"
        )
    return held


def _with(record: dict[str, Any], records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    r"""Records with one more, in the place of an older one of its kind, in the order of names."""
    order = [(graph, t) for graph in GRAPHS for t in (*TRAININGS, *TWO_PROCESSES)]
    found = {(r["graph"], r["training"]): r for r in (*records, record)}
    return [found[pair] for pair in order if pair in found]


def growth(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    r"""How time and memory grow with the number of nodes, for each training.

    The exponent is the slope of a straight line through the logarithms, over the synthetic graphs
    like ogbn-arxiv at several sizes, which have one mean degree. Time is that of an epoch.
    """
    found = []
    for training in dict.fromkeys(record["training"] for record in records):
        own = [
            r
            for r in records
            if r["training"] == training
            and r["graph"].startswith("synthetic arxiv")
            and r.get("peak_mib")
        ]
        if len({r["N"] for r in own}) > 1:
            nodes = [r["N"] for r in own]
            found.append(
                {
                    "training": training,
                    "sizes": len(own),
                    "time_exponent": _slope(nodes, [r["epoch_seconds"] for r in own]),
                    "memory_exponent": _slope(nodes, [r["peak_mib"] for r in own]),
                }
            )
    return found


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    a, b = ([math.log(v) for v in values] for values in (x, y))
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    over = sum((u - mean_a) * (v - mean_b) for u, v in zip(a, b, strict=True))
    return over / sum((u - mean_a) ** 2 for u in a)
