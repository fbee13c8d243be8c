import json
import socket

import networkx as nx
import numpy as np
import pytest
import torch
import yaml
from torch_geometric.data import Data

from gcl.benchmark.artifacts import FILES
from gcl.training import load_checkpoint, save_checkpoint

FAST = ["--dataset", "karate", "--fit.epochs", "2", "--method.out_channels", "8"]


def read_yaml(path):
    return yaml.safe_load(path.read_text())


def test_a_run_leaves_its_files_and_says_so(gcl, folder):
    ended = gcl("train", *FAST)
    assert ended.code == 0
    out = folder / "runs" / "karate_grace"
    assert sorted(p.name for p in out.iterdir()) == sorted(FILES)
    assert "trained grace on karate: 2 epochs" in ended.out
    assert "final loss" in ended.out
    assert "gcl evaluate --checkpoint runs/karate_grace" in ended.out
    assert "training grace on karate (34 nodes, 156 edges, 34 features)" in ended.err
    assert np.load(out / "embeddings.npy").shape == (34, 8)
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 2


def test_flags_reach_the_run(gcl, folder):
    words = ["--method", "dgi", "--method.encoder=sage", "--seed", "5", "--fit.lr", "1e-2"]
    assert gcl("train", *FAST, *words, "--normalize_features", "true", "--out", "o").code == 0
    content = read_yaml(folder / "o" / "config.yaml")
    assert content["method"]["name"] == "dgi"
    assert content["method"]["encoder"] == "sage"
    assert (content["seed"], content["fit"]["lr"]) == (5, 0.01)
    assert content["normalize_features"] is True
    assert json.loads((folder / "o" / "metrics.jsonl").read_text().splitlines()[0])["lr"] == 0.01


def test_a_regulariser_joins_the_loss_and_is_kept(gcl, fails, folder):
    words = ["train", *FAST, "--pot.kappa", "0.3", "--pot.mode", "fast", "--out", "o"]
    ended = gcl(*words)
    assert ended.code == 0
    assert "trained grace + pot (fast) on karate" in ended.out
    pot = {"kappa": 0.3, "mode": "fast", "batch_size": None}
    assert read_yaml(folder / "o" / "config.yaml")["pot"] == pot
    assert gcl("train", *FAST, "--out", "plain").code == 0
    h, plain = (np.load(folder / name / "embeddings.npy") for name in ("o", "plain"))
    assert not np.array_equal(h, plain)
    resume = ["train", "--resume", "--out", "o", "--fit.epochs", "3"]
    assert gcl(*resume).code == 0
    assert len((folder / "o" / "metrics.jsonl").read_text().splitlines()) == 3
    fails(2, "--resume: pot={'kappa': 0.9", *resume, "--pot.kappa", "0.9")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "dgi", "--pot.kappa", "0.4"], "pot would be ignored: DGI takes no"),
        (["--pot.kapa", "0.4"], "did you mean --pot.kappa?"),
        (["--pot.kappa", "2"], "kappa must be a probability in [0, 1], got 2"),
        (["--pot.mode", "slow"], "mode must be one of exact, fast"),
        (["--pot.kappa", "0.4", "--method.num_layers", "3"], "got one with num_layers=3"),
    ],
)
def test_a_regulariser_that_cannot_be(fails, folder, words, message):
    fails(2, message, "train", *FAST, "--out", "o", *words)
    assert not (folder / "o" / "checkpoint.pt").exists()


def test_options_of_the_method_named(fails):
    fails(2, "unknown option --method.temperature", "train", "--method", "dgi",
          "--method.temperature", "1")  # fmt: skip


def test_its_own_config_repeats_a_run(gcl, folder, run_a):
    assert gcl("train", "--config", "a/config.yaml", "--out", "b").code == 0
    a, b = folder / "a", folder / "b"
    assert read_yaml(a / "config.yaml") == read_yaml(b / "config.yaml")
    assert (a / "embeddings.npy").read_bytes() == (b / "embeddings.npy").read_bytes()


def test_a_recipe_is_announced_and_can_be_left_out(gcl, folder):
    words = ["train", "--fit.epochs", "0", "--dataset", "digits", "--out"]
    assert "recipe zhu2020_grace_digits" in gcl(*words, "a").err
    assert "recipe" not in gcl(*words, "b", "--recipe", "none").err
    a, b = (read_yaml(folder / name / "config.yaml")["method"] for name in "ab")
    assert (a["out_channels"], b["out_channels"]) == (64, None)


def test_a_folder_with_a_run_is_not_touched_unasked(fails, gcl, folder, run_a):
    before = (folder / "a" / "checkpoint.pt").read_bytes()
    fails(2, "a holds a run", "train", *FAST, "--out", "a")
    fails(2, "exclude each other", "train", *FAST, "--out", "a", "--resume", "--overwrite")
    assert (folder / "a" / "checkpoint.pt").read_bytes() == before
    assert gcl("train", *FAST, "--seed", "1", "--out", "a", "--overwrite").code == 0
    assert (folder / "a" / "checkpoint.pt").read_bytes() != before


def test_resume_equals_one_run(gcl, folder, run_a):
    assert gcl("train", "--resume", "--out", "a", "--fit.epochs", "4").code == 0
    assert gcl("train", *FAST, "--fit.epochs", "4", "--out", "b").code == 0
    a, b = (load_checkpoint(folder / name / "checkpoint.pt").weights for name in "ab")
    assert all(torch.equal(a[key], b[key]) for key in b)
    assert read_yaml(folder / "a" / "config.yaml") == read_yaml(folder / "b" / "config.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seed", "3"], "seed=3 would change the run, which has 0"),
        (["--dataset", "digits"], "dataset='digits' would change the run"),
        (["--undirected", "true"], "undirected=True would change the run, which has False"),
        (["--method.temperature", "0.9"], "would change the run"),
        (["--method", "dgi"], "method dgi is not that of the run"),
        (["--recipe", "none"], "--recipe none would be ignored"),
        (["--fit.epochs", "1"], "which has 2 already; got 1"),
        (["--fit.optimizer", "adamw"], "would change the run"),
    ],
)
def test_a_resumed_run_cannot_change(fails, folder, run_a, words, message):
    before = {p.name: p.read_bytes() for p in (folder / "a").iterdir()}
    fails(2, message, "train", "--resume", "--out", "a", *words)
    assert {p.name: p.read_bytes() for p in (folder / "a").iterdir()} == before


def test_nothing_to_resume(fails, folder):
    fails(2, "there is no run in b", "train", "--resume", "--out", "b")
    fails(2, "there is no run in runs/karate_dgi", "train", "--resume", "--method", "dgi",
          "--dataset", "karate")  # fmt: skip


def test_a_damaged_checkpoint_is_a_failed_run(fails, folder, run_a):
    file = folder / "a" / "checkpoint.pt"
    file.write_bytes(file.read_bytes()[:1000])
    fails(1, "a/checkpoint.pt is damaged", "train", "--resume", "--out", "a")
    save_checkpoint(file, torch.nn.Linear(1, 1))
    fails(1, "does not say how its method is built", "train", "--resume", "--out", "a")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fit.epochs", "-3"], "epochs must be at least 0, got -3"),
        (["--method.temperature", "-1"], "temperature must be a finite number above 0, got -1"),
        (["--method.encoder", "gnc"], "unknown encoder: got 'gnc'"),
        (["--fit.schedule", "cosin"], "got 'cosin' (did you mean cosine"),
        (["--seed", "-1"], "seed must be at least 0, got -1"),
        (["--seed", str(2**40)], "seed must be below 2**32"),
        (["--method", "grcae"], "unknown method: got 'grcae' (did you mean grace"),
        (["--dataset", "karat"], "unknown dataset, and no file or folder of that name"),
        (["--dataset", "./nope"], "no such file or folder: nope"),
        (["--dataset", "nope.csv"], "no such file or folder: nope.csv"),
        (["--root", "nope"], "--root must be a folder, got nope"),
        (["--root", "."], "--root . would be ignored: karate comes with the package"),
        (["--labels", "y"], "labels='y' would be ignored: 'karate' is in the catalogue"),
        (["--recipe", "zhu2020_grace_cor"], "unknown recipe: got 'zhu2020_grace_cor'"),
        (["--config", "nope.yaml"], "there is no file nope.yaml"),
        (["--device", "nope"], "--device nope cannot be used here"),
        (["--device", "meta"], "--device must be one that computes"),
        (["--fit.probe", "1"], "unknown option --fit.probe"),
    ],
)
def test_wrong_use_leaves_no_folder(fails, folder, words, message):
    fails(2, message, "train", *FAST, "--out", "o", *words)
    assert not (folder / "o").exists()


def test_a_refused_overwrite_keeps_the_old_run(fails, folder, run_a):
    before = {p.name: p.read_bytes() for p in (folder / "a").iterdir()}
    fails(2, "epochs must be", "train", *FAST, "--out", "a", "--overwrite", "--fit.epochs", "-1")
    assert {p.name: p.read_bytes() for p in (folder / "a").iterdir()} == before


def test_out_that_cannot_be_a_folder(fails, folder):
    (folder / "f").write_text("mine")
    fails(2, "--out must be a folder, got the file f", "train", *FAST, "--out", "f")
    fails(1, "f/sub", "train", *FAST, "--out", "f/sub")
    assert (folder / "f").read_text() == "mine"


def test_diverged_training_is_a_failed_run(fails):
    fails(1, "at epoch", "train", *FAST, "--fit.lr", "1e30", "--fit.epochs", "9")


def test_a_graph_of_ones_own(gcl, fails, folder, edge_folder):
    words = ["--fit.epochs", "1", "--method.out_channels", "4"]
    assert gcl("train", "--dataset", "six", *words).code == 0
    assert (folder / "runs" / "six_grace" / "checkpoint.pt").is_file()
    fails(2, "--root . would be", "train", "--dataset", "six", "--root", ".", "--out", "o")
    (edge_folder / "features.csv").write_text("1,2\n0,nan\n1,1\n3,2\n1,5\n2,2\n")
    fails(1, "line 2: 'nan'", "train", "--dataset", "./six", *words, "--out", "o")


@pytest.fixture
def graphml(folder):
    """Zachary's club as GraphML; every member has an age and a club."""
    graph = nx.karate_club_graph()
    nx.set_node_attributes(graph, {node: float(node) for node in graph}, "age")
    nx.write_graphml(graph, folder / "club.graphml")
    return "club.graphml"


def test_attributes_of_graphml_are_chosen_by_flags(gcl, fails, folder, graphml):
    words = ["train", "--dataset", graphml, "--fit.epochs", "1", "--method.out_channels", "4"]
    fails(2, "features must be given, since the nodes have the attributes club, age", *words)
    fails(2, "unknown node attribute: got 'agee' (did you mean age?)", *words, "--features", "agee")
    own = ["--features", "age", "--labels", "club"]
    assert gcl(*words, *own, "--out", "o").code == 0
    stored = yaml.safe_load((folder / "o" / "config.yaml").read_text())
    assert (stored["features"], stored["labels"], stored["directed"]) == (["age"], "club", None)
    assert "accuracy" in gcl("evaluate", "--checkpoint", "o").out  # the labels are known again
    assert gcl("train", "--resume", "--out", "o", "--fit.epochs", "2").code == 0
    text = "--resume: labels='age' would change the run, which has 'club'"
    fails(2, text, "train", "--resume", "--out", "o", "--labels", "age")
    assert gcl("embed", "--checkpoint", "o", "--out", "h.npy").code == 0
    scored = gcl("evaluate", "--embeddings", "h.npy", "--dataset", graphml, *own)
    assert "accuracy" in scored.out
    assert gcl(*words, "--features", "identity", "--out", "p").err.count("34 features") == 1


def test_directed_edges_are_stored_once_on_request(gcl, folder, edge_folder):
    words = ["train", "--dataset", "six", "--fit.epochs", "1", "--method.out_channels", "4"]
    assert "16 edges" in gcl(*words, "--out", "a").err
    assert "8 edges" in gcl(*words, "--directed", "true", "--out", "b").err


def test_raw_files_that_cannot_be_had_are_a_failed_run(fails, folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("network refused")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("GCL_CACHE", str(folder / "cache"))
    text = fails(1, "Put data.json into the folder", "train", "--dataset", "wikics", "--root", ".")
    assert "WikiCS/raw" in text


def test_damaged_data_are_a_failed_run(fails, folder):
    torch.save(Data(edge_index=torch.tensor([[0], [7]]), x=torch.ones(2, 2)), folder / "g.pt")
    fails(1, "edge_index must lie in [0, 2)", "train", "--dataset", "g.pt")
    (folder / "h.pt").write_bytes(b"junk" * 99)
    fails(1, "h.pt is corrupt or truncated: KeyError: ", "train", "--dataset", "h.pt")


def test_features_stay_in_their_file_on_request(gcl, fails, folder, edge_folder):
    x = np.random.default_rng(0).random((6, 3), dtype=np.float32)
    np.save(edge_folder / "features.npy", x)
    words = ["train", "--dataset", "six", "--fit.epochs", "2", "--method.out_channels", "4"]
    words += ["--loader.name", "neighbor", "--loader.num_neighbors", "2,2"]
    words += ["--loader.batch_size", "4"]
    assert gcl(*words, "--out", "a").code == 0
    assert gcl(*words, "--mmap", "true", "--out", "b").code == 0
    a, b = (np.load(folder / name / "embeddings.npy") for name in "ab")
    assert np.array_equal(a, b)
    assert read_yaml(folder / "b" / "config.yaml")["mmap"] is True
    resume = ["train", "--resume", "--out", "b", "--fit.epochs", "3"]
    assert gcl(*resume, "--mmap", "false").code == 0
    text = "normalize_features would read all features into memory"
    fails(2, text, *words, "--mmap", "true", "--normalize_features", "true", "--out", "c")
    fails(2, "mmap=True would be ignored", "train", *FAST, "--mmap", "true", "--out", "c")


def test_weights_that_diverge_in_the_last_step_are_a_failure(gcl, fails, folder):
    words = ["train", "--dataset", "karate", "--recipe", "none", "--fit.epochs", "1"]
    fails(
        1, "the embeddings of GRACE have NaN or infinite", *words, "--fit.lr", "1e25", "--out", "o"
    )
    assert (folder / "o" / "checkpoint.pt").is_file()
    fails(1, "the embeddings of GRACE", "embed", "--checkpoint", "o", "--out", "h.npy")
    assert not (folder / "h.npy").exists()


def test_an_interrupt_before_training_speaks_of_the_run_that_is_there(gcl, folder, monkeypatch):
    assert gcl("train", *FAST, "--out", "o").code == 0

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("gcl.cli.train.read_graph", interrupted)
    ended = gcl("train", *FAST, "--method", "dgi", "--out", "o", "--overwrite")
    assert ended.code == 130
    assert "interrupted before training; the run in o is as it was" in ended.err
