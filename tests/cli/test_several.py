"""``gcl train`` in two processes, and what it refuses there."""

import json
import subprocess

import numpy as np
import pytest
import torch
from support.torchrun import environment, torchrun

from gcl.cli import main
from gcl.training import load_checkpoint

TRAIN = ["train", "--method", "grace", "--dataset", "karate"]
LOADER = ["--loader.name", "neighbor", "--loader.num_neighbors", "3,3", "--loader.batch_size", "9"]
SMALL = ["--method.out_channels", "8", "--fit.epochs"]


@pytest.mark.parametrize(
    ("words", "variables", "text"),
    [
        ([*TRAIN, *LOADER], {}, "but RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT are not set"),
        (TRAIN, {"RANK": "1"}, r"\(process 1\): error: several processes divide mini-batches"),
        (["demo"], {"RANK": "0"}, "gcl demo runs in one process: start it without torchrun"),
        ([*TRAIN, *LOADER], {"WORLD_SIZE": "two"}, "WORLD_SIZE must be a whole number"),
    ],
)
def test_wrong_use(words, variables, text, monkeypatch, tmp_path, capsys):
    import re

    monkeypatch.chdir(tmp_path)
    for name, value in ({"WORLD_SIZE": "2"} | variables).items():
        monkeypatch.setenv(name, value)
    assert main(words) == 2
    assert re.search(text, capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def train(out, epochs, *more):
    command = torchrun("-m", "gcl", *TRAIN, *LOADER, *SMALL, epochs, "--out", out, *more)
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_two_processes_train_and_resume(tmp_path):
    done = train(tmp_path / "whole", 4)
    assert done.stdout.count("trained grace (mini-batches) on karate: 4 epochs") == 1
    assert done.stderr.count("training grace (mini-batches) on karate") == 1
    files = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert files == [
        "checkpoint.pt",
        "config.yaml",
        "embedding.png",
        "embeddings.npy",
        "loss.png",
        "metrics.jsonl",
    ]
    assert np.load(tmp_path / "whole" / "embeddings.npy").shape == (34, 8)
    train(tmp_path / "parts", 2)
    train(tmp_path / "parts", 4, "--resume")
    whole, parts = (
        load_checkpoint(tmp_path / name / "checkpoint.pt") for name in ("whole", "parts")
    )
    assert all(torch.equal(parts.weights[key], value) for key, value in whole.weights.items())
    losses = [
        [json.loads(line)["loss"] for line in (tmp_path / name / "metrics.jsonl").open()]
        for name in ("whole", "parts")
    ]
    assert losses[0] == losses[1]
    assert main(["evaluate", "--checkpoint", str(tmp_path / "parts")]) == 0
