r"""One measurement of the scaling benchmark, in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch_geometric.data import Data

from gcl.benchmark.memory import PeakMemory
from gcl.benchmark.scale.graphs import GRAPHS
from gcl.benchmark.scale.training import TRAININGS
from gcl.training import seed_all

_WARM_UP = 2  # batches before the clock starts
_PROGRAM = """
import json, sys
from gcl.benchmark.scale.measure import measure
print(json.dumps(measure(*sys.argv[1:])))
"""


def measure(graph: str, training: str) -> dict[str, Any]:
    r"""Prepare the batches of a graph and train one epoch on them.

    Returns:
        Sizes; seconds of the preparation (partition, sorted edges) and of the epoch; the share of
        the epoch that went into making batches; peak MiB of the process after the graph was made.
    """
    data, chosen = GRAPHS[graph](), TRAININGS[training]
    seed_all(0)
    method = chosen.method(data.num_features)
    optimizer = torch.optim.Adam(method.parameters(), lr=5e-4)
    with PeakMemory() as peak:
        start = time.perf_counter()
        batches = chosen.batches(data)
        prepared = time.perf_counter() - start
        loading, training_, count = epoch(method, optimizer, batches)
    return {
        "graph": graph,
        "training": training,
        "N": data.num_nodes,
        "M": data.num_edges,
        "batches": count,
        "preparation_seconds": prepared,
        "epoch_seconds": loading + training_,
        "loading_share": loading / (loading + training_),
        "peak_mib": peak.mib,
    }


def epoch(
    method: nn.Module, optimizer: torch.optim.Optimizer, batches: Iterable[Data]
) -> tuple[float, float, int]:
    r"""Train one epoch: seconds of loading, seconds of training, number of batches."""
    for batch, _ in zip(batches, range(_WARM_UP), strict=False):
        step(method, optimizer, batch)
    loading, training, count = 0.0, 0.0, 0
    clock = time.perf_counter()
    for batch in batches:
        loaded = time.perf_counter()
        step(method, optimizer, batch)
        loading, clock_now = loading + loaded - clock, time.perf_counter()
        training, clock = training + clock_now - loaded, clock_now
        count += 1
    return loading, training, count


def step(method: nn.Module, optimizer: torch.optim.Optimizer, batch: Data) -> None:
    r"""One step of training."""
    optimizer.zero_grad(set_to_none=True)
    method.step(batch).backward()  # type: ignore[operator]
    optimizer.step()


def measure_apart(graph: str, training: str) -> dict[str, Any]:
    r"""The record of :func:`measure` from a fresh process; without figures if memory ran out.

    Raises:
        RuntimeError: if the process fails for another reason.
    """
    command = [sys.executable, "-c", _PROGRAM, graph, training]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode in (-9, 137) or "MemoryError" in done.stderr:
        return {"graph": graph, "training": training, "peak_mib": None}
    if done.returncode:
        raise RuntimeError(f"{training} on {graph} failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])
