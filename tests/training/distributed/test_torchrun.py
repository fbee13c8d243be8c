"""However one of two processes ends, both do, with the last epoch on disk and an error code."""

import signal
import subprocess
import time

import pytest
from support.processes import interruptible
from support.torchrun import environment, torchrun

from gcl.training import load_checkpoint

SCRIPT = """
import os, signal, sys, time, torch
from torch_geometric.data import Data
from gcl.loaders import NeighborLoader
from gcl.training import fit
from gcl.training.distributed import process_group

how, out = sys.argv[1:]

class Slow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.steps = torch.nn.Parameter(torch.zeros(2)), 0

    def step(self, batch):
        self.steps += 1
        time.sleep(0.002)
        if self.steps == 41 and os.environ["RANK"] == "1":  # the first is taken to look
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "raise":
                raise ValueError("no such thing")
        return (batch.x - self.w).square().mean()

data = Data(x=torch.ones(8, 2), edge_index=torch.tensor([[0, 1], [1, 0]]))
with process_group("cpu", timeout=60):
    loader = NeighborLoader(data, [1], 8)
    fit(Slow(), loader, epochs=100_000, out=out, progress=False)
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path):
    def start(how):
        script = tmp_path / "train.py"
        script.write_text(SCRIPT)
        command = torchrun(script, how, tmp_path / "run")
        return interruptible(command, stderr=subprocess.PIPE, text=True, env=environment())

    return start


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("kill", "ProcessError: process 0 has lost the others"),
        ("raise", "ProcessError: process 1 failed: no such thing"),
    ],
)
def test_one_process_ends(start, tmp_path, how, text):
    process = start(how)
    error = process.communicate(timeout=300)[1]
    assert process.returncode == 1, error
    assert text in error
    assert how == "kill" or "ValueError: no such thing" in error
    assert load_checkpoint(tmp_path / "run" / "checkpoint.pt").training["epoch"] == 39


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_asked_to_end(start, tmp_path, number):
    process, metrics = start("never"), tmp_path / "run" / "metrics.jsonl"
    deadline = time.monotonic() + 300
    while not (metrics.exists() and metrics.read_bytes().count(b"\n") > 60):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    error = process.communicate(timeout=300)[1]
    assert process.returncode != 0, error
    epochs = load_checkpoint(tmp_path / "run" / "checkpoint.pt").training["epoch"]
    written = len(metrics.read_text().splitlines())
    assert epochs in (written, written - 1), error  # though only the 50th was due
