import csv
import json
from dataclasses import replace

import pytest
import torch
from torch_geometric.data import Data

from gcl.benchmark import Config, Evaluation, as_markdown, pool, run_suite, write_csv, write_json
from gcl.benchmark.sources import TrainedMethod
from gcl.benchmark.suite import score
from gcl.benchmark.table import cells, footnotes
from gcl.benchmark.tasks import check_tasks, score_clusters
from gcl.datasets import load

EVALUATION = Evaluation(protocol="random", num_splits=2, kmeans_runs=2)
PUBLISHED = {
    "task": "node",
    "metric": "accuracy",
    "mean": 83.3,
    "std": 0.4,
    "protocol": "random",
    "detail": "random splits",
    "source": "some paper",
}
CONFIG = Config(
    dataset="digits",
    options={"out_channels": 8},
    fit={"epochs": 2, "lr": 1e-3},
    evaluation=EVALUATION,
    published=(PUBLISHED,),
)


@pytest.fixture(scope="module")
def rows():
    return list(run_suite([CONFIG], seeds=2))


def test_every_source_and_task_is_scored(rows):
    per_source = {}
    for row in rows:
        per_source.setdefault(row.source, []).append((row.task, row.config.seed))
    both = [(t, s) for s in (0, 1) for t in ("node", "clustering", "link")]
    assert per_source["untrained encoder (grace)"] == both
    assert per_source["grace"] == both
    assert per_source["raw features"] == [*both[:3], ("link", 1)]  # nothing else depends on seeds


def test_only_the_tasks_asked_for_are_scored():
    evaluation = Evaluation(tasks=("clustering",), kmeans_runs=1)
    config = Config(dataset="karate", fit={"epochs": 1}, evaluation=evaluation)
    rows = list(run_suite([config], seeds=2))
    assert {row.task for row in rows} == {"clustering"}
    assert [row.source for row in rows].count("raw features") == 1


def test_rows_of_unit_length_are_clustered_if_asked_for():
    angle = torch.tensor([0.0, 0.1, 0.2, 1.5, 1.6, 1.7])
    length = torch.tensor([1.0, 50.0, 100.0, 1.0, 50.0, 100.0])
    h = torch.stack([angle.cos(), angle.sin()], 1) * length[:, None]
    data = Data(x=h, y=torch.tensor([0, 0, 0, 1, 1, 1]), edge_index=torch.tensor([[0], [1]]))
    found = {
        how: score_clusters(h, data, Evaluation(kmeans_runs=1, kmeans_normalize=how))
        for how in (None, "l2")
    }
    assert found["l2"]["acc"].mean == 1.0
    assert found[None]["acc"].mean < 1.0
    assert "normalize=l2" in found["l2"].protocol


def test_lines_pool_seeds_and_splits(rows):
    lines = {line.source: line for line in pool(rows)}
    assert lines["grace"].results["node"].n == 2 * 2
    assert lines["raw features"].results["node"].n == 2
    assert lines["grace"].results["link"].n == 2
    assert lines["grace"].seconds.mean > lines["raw features"].seconds.mean
    assert "training seeds 0, 1" in lines["grace"].results["node"].protocol


def test_published_stands_beside_measured_of_the_same_protocol(rows):
    lines = {line.source: line for line in pool(rows)}
    assert lines["grace"].published("node", "accuracy") == PUBLISHED
    assert lines["grace"].published("node", "macro_f1") is None
    assert lines["raw features"].published("node", "accuracy") is None
    header, body = cells(list(lines.values()))
    assert header[:4] == ["dataset", "embeddings", "split", "accuracy"]
    assert body[2][3].endswith("[83.3]")
    assert any("83.3 ± 0.4, random splits (some paper)" in note for note in footnotes(pool(rows)))


def test_other_protocol_hides_the_published_figure():
    other = Evaluation(protocol="grace", num_splits=2, tasks=("node",))
    config = Config(
        dataset="karate",
        options=CONFIG.options,
        fit={"epochs": 1},
        evaluation=other,
        published=(PUBLISHED,),
    )
    lines = pool(run_suite([config], seeds=1))
    assert all(line.published("node", "accuracy") is None for line in lines)


def test_files_hold_the_raw_values(rows, tmp_path):
    lines = pool(rows)
    write_csv(lines, tmp_path / "t.csv")
    write_json(lines, tmp_path / "t.json")
    records = list(csv.DictReader((tmp_path / "t.csv").open()))
    accuracy = [r for r in records if (r["embeddings"], r["metric"]) == ("grace", "accuracy")]
    assert [float(r["published"]) for r in accuracy] == [pytest.approx(0.833)]
    content = json.loads((tmp_path / "t.json").read_text())
    raw = content[2]["results"]["node"]["raw"]["accuracy"]
    assert len(raw) == 4
    assert float(accuracy[0]["mean"]) == pytest.approx(sum(raw) / 4)
    assert Config.from_dict(content[2]["config"]) == CONFIG
    assert as_markdown(lines).count("\n") == len(lines) + 1


def test_link_prediction_trains_without_the_held_out_edges():
    data = load("karate")[0]
    seen = []

    class Spy:
        name = "spy"

        def __call__(self, graph):
            seen.append(graph.num_edges)
            return graph.x

    list(score(Spy(), CONFIG, data, ("node", "link")))
    assert seen[0] == data.num_edges
    assert seen[1] == data.num_edges - 2 * (int(0.05 * 78) + int(0.1 * 78))


def test_only_the_whole_graphs_training_is_kept(tmp_path):
    data = load("karate")[0]
    source = TrainedMethod(Config(dataset="karate", fit={"epochs": 1}), data, tmp_path / "run")
    source(data.clone())
    assert not (tmp_path / "run").exists()
    source(data)
    assert (tmp_path / "run" / "checkpoint.pt").exists()


def test_tasks_follow_the_labels():
    data = load("karate")[0]
    assert check_tasks(data, None) == ("node", "clustering", "link")
    data.y = None
    assert check_tasks(data, None) == ("link",)
    with pytest.raises(ValueError, match="tasks must be among .'link',. for a graph without"):
        check_tasks(data, ("node",))
    data.y = torch.rand(34, 3)
    assert check_tasks(data, None) == ("link",)


def test_bad_number_of_seeds():
    with pytest.raises(ValueError, match="seeds must be at least 1, got 0"):
        next(run_suite([CONFIG], seeds=0))


def test_raw_features_that_are_clustered_otherwise_have_a_line_of_their_own():
    other = replace(CONFIG, evaluation=replace(EVALUATION, kmeans_normalize="l2"), method="dgi")
    lines = pool(run_suite([CONFIG, other], seeds=1))
    raw = [line for line in lines if line.source.startswith("raw")]
    assert [line.source for line in raw] == ["raw features", "raw features (unit rows clustered)"]
    assert all(line.score("node", "accuracy").n == 2 for line in raw)  # each split once
    assert all(line.score("clustering", "acc").n == 2 for line in raw)
