"""Runs and tables on a device that is not the CPU have the rows that they have on it."""

import pytest

from gcl.benchmark import (
    Config,
    Evaluation,
    RecConfig,
    load_graph,
    load_interactions,
    restore,
    run_suite,
    train,
    train_recommender,
)
from gcl.benchmark.config import BEST_EPOCH

FEW = {"num_splits": 2, "kmeans_runs": 2}
RUNS = {
    "grace": Config("grace", "karate", options={"out_channels": 4}, fit={"epochs": 2}),
    "pam_cgc": Config(
        "pam_cgc",
        "karate",
        options={"hidden_channels": (8,), "num_clusters": 3, "pretrain_epochs": 1},
        fit={"epochs": 2},
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_every_task_is_scored(name, device):
    tasks = ("node", "clustering", "link", *([BEST_EPOCH] if name == "pam_cgc" else []))
    evaluation = Evaluation(protocol="random", tasks=tasks, **FEW)
    config = Config(**{**vars(RUNS[name]), "evaluation": evaluation})
    rows = list(run_suite([config], seeds=1, device=device))
    assert [row.task for row in rows if row.source == name] == list(
        dict.fromkeys(("node", "clustering", *tasks[3:], "link"))
    )


def test_a_run_that_was_trained_there_is_restored_here(device, tmp_path):
    config = RUNS["grace"]
    data = load_graph(config)
    trained = train(config, data, out=tmp_path, device=device, progress=False)
    assert trained.h.device.type == "cpu"
    assert restore(tmp_path).config == config


def test_recommenders_are_trained_there(device, tmp_path):
    path = tmp_path / "likes.csv"
    rows = [f"u{u},i{i}" for u in range(12) for i in range(u % 2, 20, 2) if (u + i) % 7]
    path.write_text("user,item\n" + "\n".join(rows) + "\n")
    config = RecConfig.from_dict(
        {
            "dataset": str(path),
            "method": {"name": "light_gcn", "embedding_dim": 4, "num_layers": 1},
            "split": {"protocol": "ratio"},
            "loader": {"batch_size": 32},
            "fit": {"epochs": 2},
            "probe": {"k": 5},
        }
    )
    trained = train_recommender(config, load_interactions(config), device=device, progress=False)
    assert {h.device.type for h in trained.h.values()} == {"cpu"}
