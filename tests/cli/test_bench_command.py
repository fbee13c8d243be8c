import csv
import json
from types import SimpleNamespace

import pytest

from gcl.benchmark import read_json
from gcl.cli import bench_run
from gcl.cli.bench import pairs
from gcl.cli.layers import layer
from gcl.methods import GRACE

FEW = ["--fit.epochs", "1", "--evaluation.num_splits", "1", "--evaluation.kmeans_runs", "1"]
WORDS = ["bench", "--datasets", "karate", "--seeds", "1", *FEW]


def test_table_and_files(gcl, folder):
    ended = gcl(*WORDS, "--methods", "grace,dgi", "--seeds", "2", "--out", "o")
    assert ended.code == 0
    assert "karate: dgi, seed 1" in ended.err
    for name in ("raw features", "untrained encoder (grace)", "grace", "untrained encoder (dgi)"):
        assert f"karate   {name}" in ended.out
    assert "training seeds 0, 1" in ended.out
    names = sorted(p.name for p in (folder / "o").iterdir())
    assert names == ["table.csv", "table.json", "table.md"]
    with (folder / "o" / "table.csv").open() as file:
        records = list(csv.DictReader(file))
    assert {r["embeddings"] for r in records} >= {"raw features", "grace", "dgi"}
    assert {r["task"] for r in records} == {"node", "clustering", "link"}
    content = json.loads((folder / "o" / "table.json").read_text())
    assert all(line["config"]["fit"]["epochs"] == 1 for line in content)
    assert "| karate | grace |" in (folder / "o" / "table.md").read_text()


def test_a_regularised_run_stands_beside_the_plain_one(gcl, fails, folder):
    words = [*WORDS, "--methods", "grace", "--tasks", "node", "--out", "o"]
    assert gcl(*words).code == 0
    ended = gcl(*words, "--resume", "--pot.kappa", "0.3")
    assert ended.code == 0
    assert "karate: grace + pot, seed 0" in ended.err
    content = json.loads((folder / "o" / "table.json").read_text())
    kappa = {line["embeddings"]: (line["config"]["pot"] or {}).get("kappa") for line in content}
    assert (kappa["grace"], kappa["grace + pot"]) == (None, 0.3)
    again = gcl(*words, "--resume", "--pot.kappa", "0.3")
    assert "seed 0" not in again.err
    fails(2, "pot would be ignored: DGI", *WORDS, "--methods", "dgi", "--pot.kappa", "0.3")


def test_a_file_goes_between_recipe_and_flags(fails, folder):
    (folder / "f.yaml").write_text("method: {temperature: 0.9}\nfit: {epochs: 5, lr: 0.5}\n")
    (config,) = pairs({"datasets": ("cora",), "config": "f.yaml", "fit": {"epochs": 3}})
    assert (config.options["temperature"], config.options["out_channels"]) == (0.9, 128)
    assert (config.fit["epochs"], config.fit["lr"]) == (3, 0.5)
    fails(2, "method.temperature", *WORDS, "--methods", "dgi", "--config", "f.yaml")
    fails(2, "there is no file g.yaml", *WORDS, "--config", "g.yaml")


def test_a_file_for_another_method_is_refused(fails, gcl, folder):
    (folder / "g.yaml").write_text("method: grace\ndataset: karate\n")
    words = [*WORDS, "--config", "g.yaml"]
    fails(2, "g.yaml is for grace, but --methods is dgi,grace", *words, "--methods", "dgi,grace")
    fails(2, "g.yaml is for karate, but --datasets is digits", *words, "--datasets", "digits")
    assert gcl(*words, "--tasks", "clustering").code == 0


def test_flags_go_on_top_of_each_recipe():
    flags = {"methods": ("grace", "dgi"), "datasets": ("Cora", "digits"), "fit": {"epochs": 3}}
    configs = list(pairs(flags | {"evaluation": {"num_splits": 2}}))
    assert [(c.dataset, c.method) for c in configs] == [
        ("cora", "grace"), ("cora", "dgi"), ("digits", "grace"), ("digits", "dgi"),
    ]  # fmt: skip
    assert {c.fit["epochs"] for c in configs} == {3}
    assert {c.evaluation.num_splits for c in configs} == {2}
    assert [c.evaluation.protocol for c in configs] == ["random", "public", "random", "random"]
    assert configs[0].options == layer("grace", "cora").config({}).options


@pytest.mark.realdata
def test_published_figures_stand_beside_measured_ones(gcl, data_root):
    ended = gcl("bench", "--datasets", "cora", "--seeds", "1", *FEW, "--tasks", "node",
                "--root", data_root)  # fmt: skip
    assert ended.code == 0
    assert " [83.3]" in ended.out
    assert "COSTA" in ended.out


def test_a_table_is_not_replaced_unasked(fails, gcl, folder):
    words = [*WORDS, "--tasks", "link", "--out", "o"]
    (folder / "o").mkdir()
    (folder / "o" / "table.csv").write_text("mine")
    fails(2, "o holds table.csv; add --overwrite", *words)
    assert (folder / "o" / "table.csv").read_text() == "mine"
    assert gcl(*words, "--overwrite").code == 0
    assert (folder / "o" / "table.csv").read_text() != "mine"


def test_an_interrupt_keeps_finished_pairs(gcl, folder, monkeypatch):
    original = bench_run.run_suite

    def interrupted(configs, **options):
        for row in original(configs, **options):
            if row.config.method == "dgi":
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(bench_run, "run_suite", interrupted)
    words = [*WORDS, "--methods", "grace,dgi", "--tasks", "node", "--out", "o"]
    ended = gcl(*words)
    assert ended.code == 130
    assert "hold what was finished: grace on karate" in ended.err
    table = (folder / "o" / "table.csv").read_text()
    assert "grace" in table
    assert "dgi" not in table


@pytest.fixture
def steps(monkeypatch):
    """How many steps GRACE took; Ctrl-C comes in step ``steps.stop``, if that is not None."""
    original = GRACE.step

    def step(self, batch):
        count.taken += 1
        if count.taken == count.stop:
            raise KeyboardInterrupt
        return original(self, batch)

    count = SimpleNamespace(taken=0, stop=None)
    monkeypatch.setattr(GRACE, "step", step)
    return count


def scores(path):
    return [line.results for line in read_json(path / "table.json")]


def test_an_interrupted_training_goes_on_with_resume(gcl, fails, folder, steps):
    words = [*WORDS, "--seeds", "2", "--fit.epochs", "6", "--tasks", "node"]
    assert gcl(*words, "--out", "whole").code == 0
    assert not (folder / "whole" / "under_way").exists()
    steps.taken, steps.stop = 0, 6 + 4
    ended = gcl(*words, "--out", "o")
    assert ended.code == 130
    assert "interrupted; --resume goes on with the 2 trainings in o/under_way" in ended.err
    fails(
        2, "o holds under_way; add --overwrite to replace them, or --resume", *words, "--out", "o"
    )
    steps.taken, steps.stop = 0, None
    assert gcl(*words, "--out", "o", "--resume").code == 0
    assert steps.taken == 3  # the first seed had ended, the second had taken three of its six
    assert scores(folder / "o") == scores(folder / "whole")
    assert not (folder / "o" / "under_way").exists()


@pytest.mark.parametrize(("tasks", "before"), [("link", 0), ("node,link", 6)])
def test_an_interrupted_training_for_links_goes_on_with_resume(gcl, folder, steps, tasks, before):
    words = [*WORDS, "--seeds", "1", "--fit.epochs", "6", "--tasks", tasks]
    assert gcl(*words, "--out", "whole").code == 0
    steps.taken, steps.stop = 0, before + 4
    assert "goes on with the training in o/under_way" in gcl(*words, "--out", "o").err
    steps.taken, steps.stop = 0, None
    assert gcl(*words, "--out", "o", "--resume").code == 0
    assert steps.taken == 3  # what came before had ended
    assert scores(folder / "o") == scores(folder / "whole")
    assert not (folder / "o" / "under_way").exists()


def test_other_options_and_overwrite_start_anew(gcl, folder, steps):
    words = [*WORDS, "--seeds", "1", "--fit.epochs", "6", "--tasks", "node", "--out", "o"]
    for start in (["--resume", "--fit.lr", "0.1"], ["--overwrite"]):
        steps.taken, steps.stop = 0, 4
        assert gcl(*words, "--overwrite").code == 130
        steps.taken, steps.stop = 0, None
        assert gcl(*words, *start).code == 0
        assert steps.taken == 6
    assert not (folder / "o" / "under_way").exists()


def test_a_graph_without_labels_has_the_link_task_only(gcl, fails, edge_folder):
    words = ["bench", "--datasets", "six", "--seeds", "1", "--fit.epochs", "1"]
    fails(2, "--tasks node: six has no class label per node", *words, "--tasks", "node,link")
    ring = [f"{i},{(i + 1) % 24}" for i in range(24)]  # enough edges for a split
    (edge_folder / "edges.csv").write_text("\n".join(ring) + "\n")
    ended = gcl(*words)
    assert ended.code == 0, ended.err
    assert "auc" in ended.out
    assert "accuracy" not in ended.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "grace,grcae"], "unknown method: got 'grcae'"),
        (["--datasets", "karate,coar"], "unknown dataset"),
        (["--datasets", "karate,Karate"], "named twice: karate"),
        (["--seeds", "0"], "seeds must be at least 1, got 0"),
        (["--tasks", "nod"], "got 'nod' (did you mean node?)"),
        (["--method.temperature", "1"], "unknown option --method.temperature"),
        (["--seed", "1"], "did you mean --seeds?"),
        (["--tasks", "best_epoch"], "best_epoch: grace assigns no clusters of its own"),
        (["--overwrite"], "--overwrite would be ignored"),
        (["--root", "nope"], "--root must be a folder"),
        (["--root", "."], "--root . would be ignored: karate comes with the package"),
    ],
)
def test_wrong_use(fails, words, message):
    fails(2, message, *WORDS, *words)


def test_root_is_for_the_sets_that_read_it(gcl, folder, edge_folder, monkeypatch):
    monkeypatch.setattr(bench_run, "measure", lambda configs, *_: seen.extend(configs) or [])
    monkeypatch.setattr(bench_run, "check_graph", lambda config: None)
    monkeypatch.setattr(bench_run, "report", lambda lines: None)
    seen = []
    assert gcl("bench", "--datasets", "karate,texas,./six", "--root", ".").code == 0
    assert [config.root for config in seen] == [None, ".", None]


def test_out_that_cannot_be_written_to_shows_before_training(fails, folder):
    (folder / "f").write_text("mine")
    fails(2, "--out must be a folder", *WORDS, "--out", "f")
    text = fails(1, "f/sub", *WORDS, "--out", "f/sub")
    assert "seed 0" not in text


def test_what_a_later_pair_cannot_do_shows_before_the_first_is_trained(fails, gcl):
    words = ["bench", "--datasets", "karate", "--seeds", "1", "--methods", "grace,gbt"]
    fails(2, "pam_cgc on karate: num_clusters must be given", *words[:-1], "grace,pam_cgc")
    ended = gcl(*words, "--fit.epochs", "2", "--fit.schedule", "cosine", "--fit.warmup", "100")
    assert ended.code == 2
    assert "grace on karate: warmup must be below the 2 epochs" in ended.err
    assert "seed 0" not in ended.err


def test_more_seeds_split_the_edges_for_raw_features_anew(gcl, folder):
    words = [*WORDS, "--tasks", "link", "--out", "o"]
    assert gcl(*words).code == 0
    assert gcl(*words, "--seeds", "2", "--resume").code == 0
    lines = read_json(folder / "o" / "table.json")
    assert [line.seeds for line in lines] == [(0, 1)] * 3
