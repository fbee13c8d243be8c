"""What fit does in two processes beside training: failures, resuming, probes, what it refuses."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from support.several import in_two_processes
from torch import nn
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from gcl.functional.processes import ProcessError, all_gather_objects
from gcl.loaders import ClusterLoader, NeighborLoader
from gcl.training import TrainingError, fit, load_checkpoint
from gcl.training.distributed import Divided

GRAPH = Data(
    x=torch.arange(12.0).view(6, 2),
    edge_index=torch.tensor([[0, 1, 2, 3, 4, 5, 0, 2], [1, 2, 3, 4, 5, 0, 3, 5]]),
)
OPTIONS = {"lr": 0.01, "seed": 5, "progress": False}


class Noisy(nn.Module):
    """Draws from torch and numpy, keeps statistics, and fails where it is told to."""

    def __init__(self, fail=None, at=None):
        super().__init__()
        torch.manual_seed(3)
        self.layer, self.spare = nn.Linear(2, 3), nn.Linear(2, 2)
        self.norm = nn.BatchNorm1d(3)
        self.fail, self.at, self.steps, self.seen = fail, at, 0, []

    def step(self, batch):
        self.steps += 1
        if self.steps == self.at and self.fail is not None:
            return self.fail(self.layer.weight)
        self.seen.append(batch.n_id[: batch.batch_size].tolist())
        h = self.norm(self.layer(torch.dropout(batch.x, 0.3, self.training)))
        return (h - torch.rand(1) - np.random.rand()).square().mean()


def loader(generator=True):
    own = torch.Generator().manual_seed(7) if generator else None
    return NeighborLoader(GRAPH, [1], 4, shuffle=True, generator=own)


def nan(weight):
    return weight.sum() * float("nan")


def oops(weight):
    raise ValueError("no such thing")


def failure(fail, rank, folder, failing=1):
    method = Noisy(fail if rank == failing else None, at=6)  # the second step of epoch 3, or so
    try:
        fit(method, loader(), epochs=9, out=folder, **OPTIONS)
    except Exception as error:
        return type(error), str(error)


def resumed(folder, generator, **options):
    options = OPTIONS | options
    whole, first, second = Noisy(), Noisy(), Noisy()
    expected = fit(whole, loader(generator), epochs=5, out=folder / "whole", **options)
    fit(first, loader(generator), epochs=2, out=folder / "parts", **options)
    torch.rand(7)
    result = fit(second, loader(generator), epochs=5, out=folder / "parts", resume=True, **options)
    pairs = zip(whole.state_dict().values(), second.state_dict().values(), strict=True)
    return (
        result.losses == expected.losses and all(torch.equal(a, b) for a, b in pairs),
        expected.losses,
        copy.deepcopy(whole.state_dict()),
        whole.seen,
    )


def refused(data, **options):
    with pytest.raises((TypeError, ValueError)) as caught:
        fit(Noisy(), data, epochs=2, **(OPTIONS | options))
    return str(caught.value)


def probed(rank):
    calls = []

    def probe(method):
        calls.append(1)
        return -len(calls)

    method = Noisy()
    result = fit(method, loader(), epochs=9, probe=probe, patience=2, log=lambda m: {"a": 1})
    return calls, result.probes, result.logged, result.stopped_early, method.state_dict()


def divided(rank):
    own = [GRAPH.clone() for _ in range(2)]
    for graph in own:
        graph.n_id = torch.arange(6)
        graph.batch_size = 6
    return fit(Noisy(), Divided(own), epochs=2).epochs


def scenarios(rank, folder):
    folder = Path(folder)
    found = {}
    for name, fail in (("nan", nan), ("oops", oops)):
        found[name] = failure(fail, rank, folder / name)
    found["resume"] = resumed(folder / "own", True)
    found["resume, global"] = resumed(folder / "global", False, patience=4)
    found["probe"] = probed(rank)
    found["divided"] = divided(rank)
    found["graph"] = refused(GRAPH)
    found["pyg"] = refused(DataLoader([GRAPH], batch_size=1))
    found["other"] = refused(NeighborLoader(GRAPH, [1], 4, input_nodes=[0, 1 + rank, 3]))
    found["small"] = refused(ClusterLoader(GRAPH, method=torch.arange(6), batch_size=1))
    found["left"] = all_gather_objects(rank)  # nobody is still waiting elsewhere
    return found


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    found = in_two_processes(scenarios, str(folder))
    assert isinstance(found[0], dict), found[0]
    assert isinstance(found[1], dict), found[1]
    return folder, found


def test_nan_in_one_process_ends_all(two):
    folder, found = two
    (kind, text), (other_kind, other) = (f["nan"] for f in found)
    assert kind is other_kind is TrainingError
    assert "the loss is nan at epoch 3" in other
    assert text == f"process 1 failed: {other}"
    assert load_checkpoint(folder / "nan" / "checkpoint.pt").training["epoch"] == 2


def test_error_in_one_process_ends_all(two):
    folder, found = two
    assert found[0]["oops"] == (ProcessError, "process 1 failed: no such thing")
    assert found[1]["oops"] == (ValueError, "no such thing")
    assert load_checkpoint(folder / "oops" / "checkpoint.pt").training["epoch"] == 2
    assert found[0]["left"] == found[1]["left"] == [0, 1]


@pytest.mark.parametrize("name", ["resume", "resume, global"])
def test_resumed_run_is_that_of_one_go(two, name):
    (same, losses, weights, _), (other_same, other_losses, other_weights, _) = (
        f[name] for f in two[1]
    )
    assert same
    assert other_same
    assert losses == other_losses
    assert all(torch.equal(weights[key], other_weights[key]) for key in weights)


@pytest.mark.parametrize("name", ["resume", "resume, global"])
def test_every_seed_is_in_one_share_of_an_epoch(two, name):
    first, second = (f[name][3][1:] for f in two[1])  # the first step is taken once to look
    for epoch in range(5):
        turns = slice(2 * epoch, 2 * epoch + 2)
        seen = torch.cat([torch.tensor(s) for s in first[turns] + second[turns]])
        assert sorted(seen.tolist()) == list(range(6))


def test_first_process_probes_for_all(two):
    (calls, *result, weights), (other_calls, *other_result, other_weights) = (
        f["probe"] for f in two[1]
    )
    assert len(calls) == 3
    assert not other_calls
    assert (
        result
        == other_result
        == [{1: -1.0, 2: -2.0, 3: -3.0}, {1: {"a": 1}, 2: {"a": 1}, 3: {"a": 1}}, True]
    )
    assert all(torch.equal(weights[key], other_weights[key]) for key in weights)


def test_batches_that_are_divided_already(two):
    assert [f["divided"] for f in two[1]] == [2, 2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("graph", "data must be a loader with several processes.*Pass gcl.loaders.ClusterLoader"),
        ("pyg", "data must be a loader of gcl.loaders .*Divided.*got .*DataLoader"),
        ("other", "data must be the same in all processes"),
        ("small", "batch_size must be at least the number of processes.* got 1 for 2 processes"),
    ],
)
def test_refused(two, name, text):
    import re

    for found in two[1]:
        assert re.search(text, found[name]), found[name]
