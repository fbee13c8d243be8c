import json

import pytest

from gcl.benchmark.suites import SUITES, Suite
from gcl.cli.bench_table import pairs

FEW = ["--fit.epochs", "1", "--evaluation.num_splits", "1", "--evaluation.kmeans_runs", "1"]
WORDS = ["bench", "table", "node", "--seeds", "1", *FEW]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(SUITES, "node", Suite("small", ("karate",), ("node",), "digits"))


def table(folder):
    return json.loads((folder / "o" / "table.json").read_text())


def test_every_pair_by_its_recipe_or_a_transferred_one():
    configs = list(pairs(SUITES["node"], {"methods": ("grace", "dgi"), "datasets": None}))
    assert len(configs) == 2 * len(SUITES["node"].datasets)
    by_pair = {(c.method, c.dataset): c for c in configs}
    assert by_pair["grace", "citeseer"].options["temperature"] == 0.9
    assert by_pair["grace", "cora"].evaluation.protocol == "random"
    moved = by_pair["dgi", "photo"]  # Cora's recipe, which is scored on a public split
    assert (moved.options["out_channels"], moved.evaluation.protocol) == (512, "random")
    assert moved.published == ()
    assert {c.evaluation.tasks for c in configs} == {("node", "clustering", "link")}


def test_a_table_goes_on_where_it_stopped(gcl, small, folder):
    words = [*WORDS, "--out", "o"]
    first = gcl(*words, "--methods", "grace")
    assert first.code == 0, first.err
    before = table(folder)
    second = gcl(*words, "--methods", "grace,dgi", "--resume")
    assert second.code == 0, second.err
    assert "karate: dgi, seed 0" in second.err
    assert "grace, seed" not in second.err
    assert "raw features, seed" not in second.err
    after = table(folder)
    assert after[: len(before)] == before
    assert [r["embeddings"] for r in after[len(before) :]] == ["untrained encoder (dgi)", "dgi"]
    assert after[-1]["seeds"] == [0]
    assert gcl(*words, "--methods", "dgi", "--resume", "--fit.epochs", "2").code == 0
    epochs = {r["embeddings"]: r["config"]["fit"]["epochs"] for r in table(folder)}
    assert (epochs["grace"], epochs["dgi"], len(epochs)) == (1, 2, 5)


def test_edges_that_are_stored_once_can_count_in_both_directions():
    flags = {"methods": ("sdcn",), "datasets": ("brazil",)}
    one, both = (
        next(pairs(SUITES["clustering"], flags | more)) for more in ({}, {"undirected": True})
    )
    assert (one.undirected, both.undirected) == (False, True)
    assert both.options == one.options


def test_cost_is_in_the_table(gcl, small, folder):
    ended = gcl(*WORDS, "--methods", "grace", "--out", "o")
    assert ended.out.splitlines()[0].split()[-3:] == ["seconds", "peak", "MiB"]
    peaks = [r["peak_mib"] for r in table(folder)]
    assert all(peak is None or peak > 50 for peak in peaks)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["table"], "needs the name of a table: node"),
        (["table", "nodes"], "unknown table: got 'nodes' (did you mean node?)"),
        (["table", "node", "--methods", "grcae"], "unknown method: got 'grcae'"),
        (["table", "node", "--resume"], "--resume would be ignored: there is no --out"),
        (["table", "node", "--out", "o", "--resume", "--overwrite"], "and not both"),
        (["table", "node", "--dataset", "cora"], "did you mean --datasets?"),
    ],
)
def test_wrong_use(fails, folder, small, words, message):
    fails(2, message, "bench", *words)


def test_a_file_that_is_no_table_is_a_failed_run(fails, folder, small):
    (folder / "o").mkdir()
    (folder / "o" / "table.json").write_text("[{}]")
    fails(1, "table.json is no table of gcl bench", *WORDS, "--out", "o", "--resume")
    assert (folder / "o" / "table.json").read_text() == "[{}]"


def test_a_graph_of_ones_own_is_scored_on_random_splits(gcl, folder):
    edges = [f"{a} {b}" for a in range(20) for b in range(a) if (a + b) % 5 == 0]
    (folder / "g.edgelist").write_text("\n".join(edges))
    words = ["bench", "table", "node", "--datasets", "g.edgelist", "--methods", "grace"]
    ended = gcl(*words, "--fit.epochs", "1", "--tasks", "link", "--seeds", "1")
    assert ended.code == 0, ended.err
    assert "g.edgelist" in ended.out


def test_null_seeds_are_those_of_the_table(gcl, monkeypatch):
    monkeypatch.setitem(SUITES, "node", Suite("s", ("karate",), ("node",), "digits", seeds=2))
    ended = gcl(*WORDS, "--methods", "grace", "--seeds", "null")
    assert ended.code == 0, ended.err
    assert "grace, seed 1" in ended.err
    assert "grace, seed 2" not in ended.err
