"""The command as a process of its own: start-up, closed pipes, Ctrl-C."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from support.processes import interruptible

import gcl as package
from gcl.training import load_checkpoint

ROOT = Path(package.__file__).parents[1]
GCL = [sys.executable, "-c", "import sys; from gcl.cli import main; sys.exit(main())"]
KARATE = ["train", "--dataset", "karate", "--method.out_channels", "8"]


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_nothing_heavy_is_imported_for_help(flag):
    code = f"""
import sys
from gcl.cli import main
assert main([{flag!r}]) == 0
print([name for name in ("torch", "numpy", "jsonargparse") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_script_is_installed():
    script = Path(sys.executable).with_name("gcl")
    if not script.exists():
        pytest.skip("the package is not installed here")
    ended = subprocess.run([script, "--version"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout[:4]) == (0, "gcl ")


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "gcl", "--version"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout[:4]) == (0, "gcl ")


def test_a_closed_pipe_is_silent():
    process = subprocess.Popen(
        [*GCL, "list", "datasets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=100) == 141


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(gcl, folder):
    code, err = interrupted(folder, *KARATE, "--fit.epochs", "1000000", "--out", "a")
    assert code == 130
    assert "Traceback" not in err
    done = len((folder / "a" / "metrics.jsonl").read_text().splitlines())
    assert f"interrupted after {done} epochs; the last one is in a/checkpoint.pt" in err
    assert "go on with: gcl train --resume --out a" in err
    total = ["--fit.epochs", str(done + 2)]
    assert gcl("train", "--resume", "--out", "a", *total).code == 0
    assert gcl(*KARATE, "--out", "b", *total).code == 0
    a, b = (load_checkpoint(folder / name / "checkpoint.pt").weights for name in "ab")
    assert all(torch.equal(a[key], b[key]) for key in b)


def interrupted(folder, *words):
    """Start, send SIGINT after a few epochs, and return exit code and stderr."""
    process = interruptible([*GCL, *words], cwd=folder, stderr=subprocess.PIPE, text=True)
    metrics = folder / "a" / "metrics.jsonl"
    until = time.monotonic() + 90
    while not (metrics.exists() and len(metrics.read_text().splitlines()) > 2):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err
