import json
import subprocess
import sys

import pytest
from support.several import in_two_processes

from gcl.benchmark import Config, build, train
from gcl.benchmark.budget import within_budget
from gcl.datasets import load
from gcl.functional.processes import ProcessError

NEIGHBOR = {"name": "neighbor", "num_neighbors": [3, 2]}
CLUSTERS = {"name": "clusters", "num_parts": 30}
HARD = {**NEIGHBOR, "name": "hard", "cluster_size": 4, "skip": 2, "keep": 8}
CHILD = """
import json, sys, tempfile
from gcl.benchmark import Config, train
from gcl.benchmark.memory import PeakMemory
from gcl.datasets import synthetic

data = synthetic.like("ogbn-arxiv", scale=0.05)[0]
config = Config(
    options={"out_channels": 256}, loader=json.loads(sys.argv[1]), memory_budget=sys.argv[2],
    fit={"epochs": 1},
)
out = tempfile.mkdtemp()
with PeakMemory() as peak:
    train(config, data, out=out)
stored = open(f"{out}/config.yaml").read()
size = next(line.split()[1] for line in stored.splitlines() if "batch_size" in line)
print(json.dumps({"bytes": peak.mib and peak.mib * 2**20, "batch_size": int(size)}))
"""


@pytest.fixture
def held(monkeypatch):
    monkeypatch.setattr("gcl.training.budget.resident", lambda: 10**8)


def fitted(loader, budget, method="grace"):
    config = Config(method, options={"out_channels": 64}, loader=loader, memory_budget=budget)
    return within_budget(config, load("digits")[0], build(config, 64))


@pytest.mark.parametrize("loader", [NEIGHBOR, CLUSTERS, HARD])
def test_the_batch_grows_with_the_budget(held, loader):
    found = [fitted(loader, size) for size in ("206MB", "210MB", "230MB", "4GB")]
    sizes = [f.config.loader["batch_size"] for f in found]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[-1] >= {"clusters": 30}.get(loader["name"], 1796)  # all of them
    if loader is HARD:
        assert all(size % 4 == 0 for size in sizes)
    assert [f.block_size for f in found] == sorted(f.block_size for f in found)


def size_in(rank, taken):
    """The batch size of a process that holds so many bytes; of none where it fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gcl.training.budget.resident", lambda: taken[rank])
        try:
            return fitted(NEIGHBOR, "230MB").config.loader["batch_size"]
        except (ValueError, ProcessError) as error:
            return f"{type(error).__name__}: {error}"


def test_the_process_with_the_least_room_decides(monkeypatch):
    monkeypatch.setattr("gcl.training.budget.resident", lambda: 122 * 10**6)
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)  # as in each of the two
    alone = fitted(NEIGHBOR, "230MB").config.loader["batch_size"]
    first, second = in_two_processes(size_in, [100 * 10**6, 122 * 10**6])
    assert first == second
    assert alone < first <= 2 * alone + 2  # of a batch each process holds its share
    first, second = in_two_processes(size_in, [100 * 10**6, 10**9])
    assert first.startswith("ProcessError: process 1 failed: memory_budget must exceed")
    assert second.startswith("ValueError: memory_budget must exceed")


def test_a_given_batch_size_stays_and_is_checked(held):
    kept = fitted({**NEIGHBOR, "batch_size": 7}, "230MB")
    assert kept.config.loader["batch_size"] == 7
    with pytest.raises(ValueError, match=r"loader.batch_size=1500 needs about .* exceeds memory_b"):
        fitted({**NEIGHBOR, "batch_size": 1500}, "206MB")


def test_what_cannot_fit_says_so(held):
    with pytest.raises(
        ValueError, match=r"the whole graph needs about .*mini-batches .loader.name"
    ):
        fitted(None, "206MB")
    with pytest.raises(ValueError, match=r"the smallest batch, loader.batch_size=1, needs about"):
        fitted({"name": "clusters", "num_parts": 1}, "206MB")
    with pytest.raises(ValueError, match="memory_budget must exceed what is taken"):
        fitted(NEIGHBOR, "100MB")
    with pytest.raises(ValueError, match="memory_budget must be a number with a unit"):
        Config(memory_budget="much")


def test_a_whole_graph_that_fits_trains_as_it_is(held):
    found = fitted(None, "4GB")
    assert found.config.loader is None
    assert found.block_size is None


def test_without_a_budget_nothing_changes():
    config = Config(loader={**NEIGHBOR, "batch_size": 8})
    assert within_budget(config, load("digits")[0], build(config, 64)) == (config, 2**16, None)


def test_a_run_keeps_what_was_chosen_and_goes_on(tmp_path):
    data = load("karate")[0]
    config = Config(dataset="karate", loader=NEIGHBOR, memory_budget="64GB", fit={"epochs": 2})
    train(config, data, out=tmp_path)
    assert "batch_size: 34" in (tmp_path / "config.yaml").read_text()
    stored = Config(
        dataset="karate", loader={**NEIGHBOR, "batch_size": 34}, memory_budget="64GB",
        fit={"epochs": 3},
    )  # fmt: skip
    assert train(stored, data, out=tmp_path, resume=True).history.epochs == 3


def test_a_run_that_goes_on_keeps_its_batch_size_though_the_budget_finds_another(
    held, tmp_path, monkeypatch
):
    data = load("digits")[0]
    config = Config(
        options={"out_channels": 64}, loader=NEIGHBOR, memory_budget="210MB", fit={"epochs": 1}
    )
    train(config, data, out=tmp_path)
    begun = (tmp_path / "config.yaml").read_text()
    monkeypatch.setattr("gcl.training.budget.resident", lambda: 10**8 - 4 * 10**6)
    assert within_budget(config, data, build(config, 64)).config.loader["batch_size"] > int(
        begun.split("batch_size: ")[1].split()[0]
    )
    train(config, data, out=tmp_path, resume=True)
    assert (tmp_path / "config.yaml").read_text() == begun


@pytest.mark.slow
@pytest.mark.parametrize("loader", [{"name": "neighbor", "num_neighbors": [10, 5]}, CLUSTERS])
def test_training_stays_within_its_budget(loader):
    sizes = []
    for total in (620, 700, 1000):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, json.dumps(loader), f"{total}MB"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found = json.loads(done.stdout)
        if found["bytes"] is None:
            pytest.skip("this system does not tell the peak memory")
        assert found["bytes"] < total * 10**6
        sizes.append(found["batch_size"])
    assert sizes == sorted(set(sizes))
