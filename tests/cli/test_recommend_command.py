"""Training a recommender on a file of one's own, scoring it, and asking it for items."""

import csv
import json

import numpy as np
import pytest
import torch

from gcl.training import load_checkpoint

FAST = [
    *("--method", "light_gcn", "--dataset", "likes.csv", "--split.protocol", "ratio"),
    *("--method.embedding_dim", "4", "--fit.epochs", "3", "--probe.k", "5"),
]


def likes(u, i):
    return (u + i) % 2 == 0 and (u + i) % 7 != 0


@pytest.fixture
def table(folder):
    """Twelve users like every second of twenty items."""
    rows = [f"u{u},i{i:02}" for u in range(12) for i in range(20) if likes(u, i)]
    (folder / "likes.csv").write_text("user,item\n" + "\n".join(rows) + "\n")
    return folder


@pytest.fixture
def run_r(gcl, table):
    """The folder of a short run of LightGCN."""
    ended = gcl("train", *FAST, "--out", "r")
    assert ended.code == 0, ended
    return "r"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_train_says_what_it_did_and_what_is_next(gcl, table):
    ended = gcl("train", *FAST)
    assert "12 users, 20 items" in ended.err
    assert "trained light_gcn on likes.csv: 3 epochs" in ended.out
    assert "(validation 0." in ended.out
    assert "gcl recommend --checkpoint runs/likes_light_gcn --users u0" in ended.out
    names = {path.name for path in (table / "runs" / "likes_light_gcn").iterdir()}
    assert names == {"config.yaml", "metrics.jsonl", "checkpoint.pt", "loss.png"}
    lines = (table / "runs" / "likes_light_gcn" / "metrics.jsonl").read_text().splitlines()
    assert "probe" in json.loads(lines[0])


def test_resume_and_overwrite(gcl, fails, run_r, table):
    longer = ["train", *FAST, "--fit.epochs", "5", "--out"]
    fails(2, "holds a run", *longer, "r")
    assert gcl("train", "--resume", "--out", "r", "--fit.epochs", "5").code == 0
    assert gcl(*longer, "whole").code == 0
    resumed, whole = (load_checkpoint(table / name / "checkpoint.pt") for name in ("r", "whole"))
    assert all(torch.equal(v, whole.weights[key]) for key, v in resumed.weights.items())
    fails(2, "split={", "train", "--resume", "--out", "r", "--split.val", "0.3")
    assert gcl(*longer, "r", "--overwrite").code == 0


def test_a_config_file_names_the_recommender(gcl, fails, table):
    (table / "run.yaml").write_text(
        "method: {name: light_gcn, embedding_dim: 3}\ndataset: likes.csv\n"
        "split: {protocol: ratio, val: 0}\nfit: {epochs: 1}\n"
    )
    assert gcl("train", "--config", "run.yaml", "--out", "f").code == 0
    weights = load_checkpoint(table / "f" / "checkpoint.pt").weights
    assert weights["user"].shape == (12, 3)
    (table / "run.yaml").write_text("method: light_gcn\nloader: {batchsize: 3}\n")
    fails(2, "loader.batchsize (did you mean loader.batch_size", "train", "--config", "run.yaml")


def test_items_are_new_to_the_user_and_in_order(gcl, run_r, table):
    ended = gcl("recommend", "--checkpoint", run_r, "--out", "top.csv", "--k", "6")
    assert "up to 6 items for each of 12 users" in ended.out
    rows = rows_of(table / "top.csv")
    assert len(rows) == 72
    assert {row["user"] for row in rows} == {f"u{u}" for u in range(12)}
    assert not any(likes(int(row["user"][1:]), int(row["item"][1:])) for row in rows)
    first = [row for row in rows if row["user"] == "u3"]
    assert [row["rank"] for row in first] == list("123456")
    scores = [float(row["score"]) for row in first]
    assert scores == sorted(scores, reverse=True)


def test_scores_are_inner_products_of_the_written_embeddings(gcl, run_r, table):
    words = ["--checkpoint", run_r, "--embeddings", "h.npz", "--out", "top.csv", "--k", "2"]
    assert "embeddings of light_gcn on likes.csv" in gcl("recommend", *words).out
    with np.load(table / "h.npz") as arrays:
        h = {key: arrays[key] for key in arrays}
    names = {kind: h[f"{kind}_name"].tolist() for kind in ("user", "item")}
    for row in rows_of(table / "top.csv"):
        u, i = names["user"].index(row["user"]), names["item"].index(row["item"])
        assert float(row["score"]) == pytest.approx(h["user"][u] @ h["item"][i], rel=1e-4)


def test_some_users_are_printed(gcl, run_r):
    ended = gcl("recommend", "--checkpoint", run_r, "--users", "u3,u10", "--k", "2")
    lines = [line.split() for line in ended.out.splitlines()]
    assert lines[0] == ["user", "rank", "item", "score"]
    assert [line[:2] for line in lines[1:]] == [
        ["u3", "1"],
        ["u3", "2"],
        ["u10", "1"],
        ["u10", "2"],
    ]


def test_held_out_items_may_be_asked_for(gcl, run_r, table):
    words = [
        "recommend",
        "--checkpoint",
        run_r,
        "--out",
        "top.csv",
        "--k",
        "14",
        "--known",
        "train",
    ]
    assert gcl(*words).code == 0
    rows = rows_of(table / "top.csv")
    assert any(likes(int(row["user"][1:]), int(row["item"][1:])) for row in rows)


def test_fewer_items_than_asked_for(gcl, run_r, table):
    ended = gcl("recommend", "--checkpoint", run_r, "--out", "top.csv", "--k", "20")
    assert "12 of 12 users have fewer than 20 items left" in ended.err
    rows = [row for row in rows_of(table / "top.csv") if row["user"] == "u0"]
    assert len(rows) == sum(not likes(0, i) for i in range(20))


def test_evaluate_ranks_held_out_items(gcl, fails, run_r):
    words = ["--checkpoint", run_r, "--k", "3,5", "--metrics", "recall,ndcg", "--groups", "2"]
    ended = gcl("evaluate", *words)
    assert ended.code == 0, ended
    header, popularity, untrained, trained = (line.split() for line in ended.out.splitlines()[:4])
    assert header == ["embeddings", "recall@3", "ndcg@3", "recall@5", "ndcg@5"]
    assert [popularity[0], untrained[0], trained[0]] == ["popularity", "untrained", "light_gcn"]
    assert "ratio split, 12 users with a test item" in ended.out
    assert "by training interactions of items" in ended.out
    assert gcl("evaluate", "--checkpoint", run_r, "--part", "val", "--k", "3").code == 0
    fails(2, "k must be at most 20", "evaluate", "--checkpoint", run_r, "--k", "21")
    message = fails(2, "--groups must be at least 1, got 0", "evaluate", *words[:-1], "0")
    assert "scoring" not in message  # before any work


def test_ids_that_changed_are_refused(fails, run_r, table):
    path = table / "likes.csv"
    path.write_text(path.read_text() + "a new one,i00\n")
    words = ["recommend", "--checkpoint", run_r, "--users", "u3"]
    fails(1, "likes.csv has other users or items than when light_gcn was trained", *words)
    path.unlink()
    fails(2, "no such file", *words)


def test_other_commands_point_here(fails, run_r):
    words = ["--checkpoint", run_r, "--out", "h.npy"]
    fails(1, "holds a recommender, which embeds users and items", "embed", *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name some --users"),
        (["--users", "u3"], "--checkpoint is required"),
        (["--users", "u3", "--checkpoint", "q"], "no file or folder q"),
        (["--users", "uu3", "--checkpoint", "r"], "no user 'uu3' (did you mean u3"),
        (["--users", "u3", "--checkpoint", "r", "--k", "0"], "--k must be between 1 and the 20"),
        (["--users", "u3", "--checkpoint", "r", "--k", "21"], "--k must be between 1 and the 20"),
        (["--users", "u3", "--checkpoint", "r", "--known", "some"], "--known must be one of all"),
        (["--checkpoint", "r", "--out", "top.txt"], "--out must end in .csv"),
        (["--checkpoint", "r", "--embeddings", "h.npy"], "must end in .npz or .parquet"),
        (["--checkpoint", "r", "--out", "likes.csv"], "likes.csv exists; add --overwrite"),
    ],
)
def test_wrong_use(fails, run_r, words, message):
    fails(2, message, "recommend", *words)


def test_a_graph_without_users_and_items(fails, folder):
    fails(
        2,
        "'karate' has no users and items",
        "train",
        "--method",
        "light_gcn",
        "--dataset",
        "karate",
    )
