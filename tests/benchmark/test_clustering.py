"""The clustering table: methods' own clusters, and the best epoch, which is labelled as unfair."""

from dataclasses import replace

import pytest
import torch

from gcl.benchmark import Config, Evaluation, as_markdown, pool, read_json, run_suite, write_json
from gcl.benchmark.run import build, clusters, load_graph, train
from gcl.benchmark.sources import EpochScores, TrainedMethod
from gcl.benchmark.suites import SUITES, num_clusters_of
from gcl.benchmark.table import cells, footnotes
from gcl.benchmark.tasks import check_tasks
from gcl.cli.bench_table import pairs
from gcl.evaluation import clustering_scores
from gcl.evaluation.assigned import agreement

TASKS = ("clustering", "best_epoch")
OPTIONS = {"num_clusters": 4, "hidden_channels": (16,), "pretrain_epochs": 2}


def figure(protocol, mean):
    source = {"detail": "some runs", "source": "some paper"}
    return {"task": "clustering", "metric": "acc", "mean": mean, "protocol": protocol, **source}


CONFIG = Config(
    "pam_cgc",
    "karate",
    options=OPTIONS,
    fit={"epochs": 4, "lr": 0.01},
    evaluation=Evaluation(tasks=TASKS, kmeans_runs=1),
    published=(figure("best_epoch", 84.2), figure("kmeans", 70.1)),
)


@pytest.fixture(scope="module")
def lines():
    return {line.source: line for line in pool(run_suite([CONFIG], seeds=2))}


def test_own_clusters_are_scored_not_k_means(lines):
    data = load_graph(CONFIG)
    trained = train(CONFIG, data, progress=False)
    own = clusters(trained.method, data)
    measured = lines["pam_cgc"].results["clustering"].raw
    assert measured["acc"][0] == pytest.approx(clustering_scores(own, data.y)["acc"])
    assert "clusters that the method assigns" in lines["pam_cgc"].results["clustering"].protocol
    assert "k-means runs" in lines["raw features"].results["clustering"].protocol
    assert set(lines) == {"raw features", "untrained encoder (pam_cgc)", "pam_cgc"}


def test_the_best_epoch_is_scored_for_what_is_trained_and_at_least_as_good(lines):
    assert "best_epoch" not in lines["raw features"].results
    results = lines["pam_cgc"].results
    for metric in ("acc", "nmi", "ari", "macro_f1"):
        last, best = (results[task].raw[metric] for task in TASKS)
        assert all(b >= a for a, b in zip(last, best, strict=True))
    assert "best of 4 epochs, chosen on labels" in results["best_epoch"].protocol


def test_scoring_every_epoch_does_not_change_the_run():
    data = load_graph(CONFIG)
    plain, scored = (
        train(CONFIG, data, progress=False, log=log).history for log in (None, EpochScores(data))
    )
    assert plain.losses == scored.losses
    assert sorted(scored.logged) == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["pam_cgc", "sdcn", "scgc", "scgc_star"])
def test_clusters_of_a_step_are_those_after_the_step_before(name):
    config = replace(CONFIG, method=name)
    data = load_graph(config)
    after, before = (
        train(config, data, progress=False, log=EpochScores(data, whole=whole))
        for whole in (False, True)
    )
    assert [before.history.logged[e] for e in (2, 3, 4)] == [
        after.history.logged[e] for e in (1, 2, 3)
    ]
    assert after.history.logged[4] == agreement(clusters(after.method, data), data.y)


def test_samples_are_not_taken_for_the_whole_graph():
    sampled = replace(CONFIG, loader={"name": "neighbor", "num_neighbors": [3], "batch_size": 9})
    source = TrainedMethod(sampled, load_graph(sampled))
    source(source.full)
    assert sorted(source.latest.history.logged) == [1, 2, 3, 4]
    assert source.best_epoch(source.full)["acc"].mean > 0


def test_published_maxima_stand_beside_maxima_only(lines):
    line = lines["pam_cgc"]
    assert line.published("clustering", "acc")["mean"] == 70.1
    assert line.published("best_epoch", "acc")["mean"] == 84.2
    header, body = cells([line])
    assert header[3:8] == ["acc", "nmi", "ari", "macro_f1", "modularity"]
    assert header[8] == "acc, best epoch by labels"
    assert body[0][3].endswith("[70.1]")
    assert body[0][8].endswith("[84.2]")
    notes = "\n".join(footnotes([line]))
    assert "not a fair result, shown because papers report it" in notes
    assert "karate, pam_cgc, acc, best epoch by labels [published]: 84.2" in notes


def test_tables_with_other_tasks_keep_to_three_columns_of_clustering():
    evaluation = Evaluation(tasks=("node", "clustering"), num_splits=1, kmeans_runs=1)
    config = Config(dataset="karate", fit={"epochs": 1}, evaluation=evaluation)
    header, _ = cells(pool(run_suite([config], seeds=1)))
    assert header[3:8] == ["accuracy", "macro_f1", "acc", "nmi", "ari"]


def test_files_keep_the_best_epoch(lines, tmp_path):
    stored = list(lines.values())
    write_json(stored, tmp_path / "t.json")
    assert as_markdown(read_json(tmp_path / "t.json")) == as_markdown(stored)


def test_methods_without_clusters_of_their_own_have_no_best_epoch():
    config = Config("grace", "karate", fit={"epochs": 2}, evaluation=CONFIG.evaluation)
    rows = list(run_suite([config], seeds=1))
    assert {row.task for row in rows} == {"clustering"}
    assert clusters(build(config, 34), load_graph(config)) is None


def test_the_best_epoch_has_to_be_asked_for_and_needs_classes():
    data = load_graph(CONFIG)
    assert check_tasks(data, None) == ("node", "clustering", "link")
    assert check_tasks(data, TASKS) == TASKS
    del data.y
    with pytest.raises(ValueError, match="tasks must be among"):
        check_tasks(data, ("best_epoch",))
    with pytest.raises(ValueError, match="tasks must be one of"):
        Evaluation(tasks=("best",))


def test_the_latest_training_is_none_before_the_first():
    source = TrainedMethod(CONFIG, load_graph(CONFIG))
    assert source.name == "pam_cgc"
    assert source.clusters(source.full) is None
    assert source.best_epoch(source.full) is None


def test_clusters_are_as_many_as_classes_where_a_recipe_is_transferred():
    chosen = {(c.method, c.dataset): c for c in pairs(SUITES["clustering"], {})}
    assert len(chosen) == len(SUITES["clustering"].methods) * len(SUITES["clustering"].datasets)
    assert chosen["pam_cgc", "usps_sdcn"].options["num_clusters"] == 10
    assert chosen["pam_cgc", "usps_sdcn"].options["order"] == 4
    moved = chosen["pam_cgc", "photo"]
    assert (moved.options["num_clusters"], moved.options["alpha"]) == (8, 0.5)
    assert moved.published == ()
    assert all(c.evaluation.tasks == TASKS for c in chosen.values())
    assert chosen["dgi", "photo"].options["out_channels"] == 512


@pytest.mark.parametrize(
    ("method", "expected"),
    [("scgc", {"num_clusters": 7}), ("afgrl", {}), ("grace", {})],
)
def test_only_clustering_methods_are_told_the_number_of_classes(method, expected):
    assert num_clusters_of(method, "cora") == expected


def test_a_graph_elsewhere_is_assigned_where_the_method_is():
    data = load_graph(CONFIG)
    method = build(CONFIG, data.num_features)
    method.start(data)
    assert torch.equal(clusters(method, data), method.assign(data).cluster)
