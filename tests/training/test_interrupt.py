"""However training ends, the last completed epoch is on disk."""

import json
import runpy
import signal
import subprocess
import sys
import time

import pytest
import torch
from support.processes import interruptible

from gcl.training import TrainingError, fit, load_checkpoint

ENDS = [KeyboardInterrupt(), RuntimeError("out of memory"), float("nan")]


@pytest.mark.parametrize("end", ENDS, ids=["interrupt", "error", "nan"])
def test_last_completed_epoch_is_saved(scripted_class, graph, sgd, tmp_path, end):
    method = scripted_class([3.0, 2.0, 1.0, end])
    kind = TrainingError if isinstance(end, float) else type(end)
    with pytest.raises(kind):
        fit(method, graph, epochs=9, out=tmp_path, optimizer=sgd(method))
    checkpoint = load_checkpoint(tmp_path / "checkpoint.pt")
    assert checkpoint.training["epoch"] == 3
    assert checkpoint.weights["w"].item() == 3.0
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint.pt", "metrics.jsonl"]


def test_half_an_epoch_of_a_loader_is_not_saved(scripted_class, graph, sgd, tmp_path):
    method = scripted_class([3.0, 2.0, 1.0, KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        fit(method, [graph, graph], epochs=9, out=tmp_path, optimizer=sgd(method))
    checkpoint = load_checkpoint(tmp_path / "checkpoint.pt")
    assert checkpoint.training["epoch"] == 1
    assert checkpoint.weights["w"].item() == 2.0  # though the method in memory is at 3
    assert method.w.item() == 3.0


def test_half_an_optimizer_step_is_not_saved(noisy_class, graph, tmp_path):
    class Torn(torch.optim.SGD):
        steps = 0

        def step(self):
            self.steps += 1
            if self.steps == 3:
                with torch.no_grad():
                    self.param_groups[0]["params"][0].fill_(77)
                raise KeyboardInterrupt
            super().step()

    method, whole, resumed = noisy_class(), noisy_class(), noisy_class()
    with pytest.raises(KeyboardInterrupt):
        fit(method, graph, epochs=5, out=tmp_path, optimizer=Torn(method.parameters(), lr=0.1))
    assert method.layer.weight.eq(77).all()
    Torn.steps = 3  # never tears again
    expected = fit(whole, graph, epochs=5, optimizer=Torn(whole.parameters(), lr=0.1))
    optimizer = Torn(resumed.parameters(), lr=0.1)
    result = fit(resumed, graph, epochs=5, out=tmp_path, resume=True, optimizer=optimizer)
    assert result.losses == expected.losses


def test_interrupt_in_the_probe(scripted_class, graph, sgd, tmp_path):
    method = scripted_class([1.0] * 9)

    def probe(m):
        if m.w.item() == 3:
            raise KeyboardInterrupt
        return -m.w.item()

    with pytest.raises(KeyboardInterrupt):
        fit(method, graph, epochs=9, out=tmp_path, optimizer=sgd(method), probe=probe)
    checkpoint = load_checkpoint(tmp_path / "checkpoint.pt")
    assert checkpoint.training["epoch"] == 2
    assert checkpoint.weights["w"].item() == 1.0  # the best so far
    assert checkpoint.training["last_weights"]["w"].item() == 2.0


SCRIPT = """
import sys, time, torch
from torch_geometric.data import Data
from gcl.training import fit

class Slow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(()))
    def step(self, batch):
        time.sleep(0.002)
        return (self.w - torch.rand(())).square()

out, epochs, resume = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "resume"
fit(Slow(), Data(x=torch.ones(1, 1)), epochs=epochs, out=out, resume=resume, progress=False)
"""


def test_sigint_leaves_a_run_that_resumes_exactly(tmp_path, monkeypatch):
    script, out, whole = tmp_path / "train.py", tmp_path / "run", tmp_path / "whole"
    script.write_text(SCRIPT)

    def train(folder, epochs, how):
        monkeypatch.setattr(sys, "argv", ["train.py", str(folder), str(epochs), how])
        runpy.run_path(str(script))
        return [json.loads(line)["loss"] for line in (folder / "metrics.jsonl").open()]

    assert interrupt([sys.executable, str(script), str(out), "100000", "fresh"], out) == 130
    done = load_checkpoint(out / "checkpoint.pt").training["epoch"]
    assert done >= 20  # the signal may arrive while the 21st epoch is being recorded
    assert train(out, done + 5, "resume") == train(whole, done + 5, "fresh")


def interrupt(command, out):
    """Run ``command``, send SIGINT once 20 epochs are logged; the exit code as a shell sees it."""
    process = interruptible(command, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    metrics = out / "metrics.jsonl"
    while not (metrics.exists() and metrics.read_bytes().count(b"\n") > 20):
        assert time.monotonic() < deadline, "training did not start"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=60)[1]
    return 128 - process.returncode
