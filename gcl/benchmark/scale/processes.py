r"""How much faster an epoch is with two processes than with one, a thread each."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from gcl.benchmark.scale.graphs import GRAPHS
from gcl.benchmark.scale.training import TRAININGS
from gcl.training import fit, seed_all
from gcl.training.distributed import launched, process_group

TWO_PROCESSES = {f"{name}, two processes": name for name in ("grace, parts", "grace, neighbours")}
EPOCHS = 2  # the first one warms up
_PROGRAM = """
import sys
from gcl.benchmark.scale.processes import measure_epoch
measure_epoch(*sys.argv[1:])
"""


def measure_epoch(graph: str, training: str, out: str) -> None:
    r"""Train in the processes that were started, and write the seconds of the last epoch."""
    torch.set_num_threads(1)
    with process_group("cpu") if launched() else nullcontext():
        data, chosen = GRAPHS[graph](), TRAININGS[training]
        seed_all(0)
        method, ends = chosen.method(data.num_features), [0.0]

        def look(_: object) -> dict[str, float]:
            ends.append(time.perf_counter())
            return {}

        fit(method, chosen.batches(data), epochs=EPOCHS, log=look, progress=False)
    if len(ends) > 1:  # the first process looks for all
        sizes = {"N": data.num_nodes, "M": data.num_edges}
        Path(out).write_text(json.dumps({**sizes, "seconds": ends[-1] - ends[-2]}))


def measure_two_processes(graph: str, training: str) -> dict[str, Any]:
    r"""Seconds of an epoch with one process and with two, and their ratio.

    Both do the same: what two processes share is the same batches.

    Args:
        graph: a name of :data:`GRAPHS`.
        training: a name of :data:`TWO_PROCESSES`.
    """
    one, two = (_apart(graph, TWO_PROCESSES[training], count) for count in (1, 2))
    return {
        "graph": graph,
        "training": training,
        "N": one["N"],
        "M": one["M"],
        "one_process": one["seconds"],
        "two_processes": two["seconds"],
        "ratio": one["seconds"] / two["seconds"],
    }


def _apart(graph: str, training: str, count: int) -> dict[str, Any]:
    r"""What so many fresh processes of one thread write."""
    with tempfile.TemporaryDirectory() as folder:
        program, out = Path(folder) / "program.py", Path(folder) / "out.json"
        program.write_text(_PROGRAM)
        command = [sys.executable]
        if count > 1:
            command += ["-m", "torch.distributed.run", f"--nproc-per-node={count}"]
            command += [f"--master-port={_free_port()}"]
        command += [str(program), graph, training, str(out)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            raise RuntimeError(f"{training} on {graph} failed: {done.stderr.strip()[-2000:]}")
        return json.loads(out.read_text())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
