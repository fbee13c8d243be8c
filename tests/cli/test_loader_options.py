import json

import numpy as np
import pytest
import torch
import yaml

from gcl.cli.failures import UsageError
from gcl.cli.layers import layer
from gcl.cli.loader_options import chosen_loader, join_loader, loader_options
from gcl.methods import Method
from gcl.training import load_checkpoint

FAST = ["--dataset", "karate", "--fit.epochs", "2", "--method.out_channels", "8"]
NEIGHBOR = ["--loader.name", "neighbor", "--loader.num_neighbors", "3,2", "--loader.batch_size", 8]
CLUSTERS = ["--loader.name", "clusters", "--loader.num_parts", "4"]


def named(options):
    return {option.name: option for option in options}


def test_options_of_the_chosen_loader_have_its_defaults():
    own = named(loader_options("neighbor"))
    assert (own["name"].default, own["batch_size"].default) == ("neighbor", 1024)
    assert own["shuffle"].default is True
    assert not {"num_parts", "cluster_size", "generator", "input_nodes"} & set(own)


def test_options_of_all_loaders_say_which_takes_them():
    every = named(loader_options(None))
    assert {"num_parts", "num_neighbors", "cluster_size"} <= set(every)
    assert every["num_neighbors"].help.endswith("-1 for all (neighbor, hard)")
    assert "parts of a batch (clusters); seeds of a batch (neighbor)" in every["batch_size"].help
    assert all(option.default is None for option in every.values())


def test_the_loader_that_is_meant():
    below = {"loader": {"name": "hard"}}
    assert chosen_loader(["--loader.name=clusters"], below) == "clusters"
    assert chosen_loader([], below) == "hard"
    assert chosen_loader(["--loader.name", "null"], below) is None
    assert chosen_loader([], {}) is None


def test_another_loader_keeps_no_options_of_the_one_below():
    below = {"name": "clusters", "num_parts": 4}
    assert join_loader(below, {"batch_size": 2}) == {**below, "batch_size": 2}
    assert join_loader(below, {"name": "clusters"}) == below
    other = {"name": "neighbor", "num_neighbors": (2,)}
    assert join_loader(below, other) == other
    assert join_loader(below, None) is join_loader(below, {"name": None}) is None
    with pytest.raises(UsageError, match="loader.batch_size would be ignored: --loader.name must"):
        join_loader(None, {"batch_size": 2})


def test_a_file_names_a_loader_and_flags_change_it(folder):
    (folder / "f.yaml").write_text("loader: {name: clusters, num_parts: 6, batch_size: 3}\n")
    config = layer(file="f.yaml").config({"loader": {"num_parts": 4}})
    assert (config.loader["num_parts"], config.loader["batch_size"]) == (4, 3)
    assert config.loader["method"] == "metis"  # filled in, so that the file says all
    off = layer(file="f.yaml").config({"loader": {"name": None}})
    assert off.loader is None
    other = layer(file="f.yaml").config({"loader": {"name": "neighbor", "num_neighbors": (2,)}})
    assert "num_parts" not in other.loader
    (folder / "g.yaml").write_text("loader: null\n")
    assert layer(file="g.yaml").config({}).loader is None
    (folder / "h.yaml").write_text("loader: {name: neighbor, num_neighbors: [3, 2]}\n")
    assert layer(file="h.yaml").config({}).loader["num_neighbors"] == (3, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loader: 3\n", "f.yaml: loader must hold options, got 3"),
        ("loader: {name: neighbor, num_parts: 3}\n", "f.yaml: unknown option loader.num_parts"),
        ("loader: {name: clusters, num_prts: 3}\n", "did you mean loader.num_parts"),
        ("loader: {num_parts: 3}\n", "loader.num_parts would be ignored: --loader.name must"),
    ],
)
def test_files_that_no_loader_would_read(folder, text, message):
    (folder / "f.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        layer(file="f.yaml")


@pytest.mark.parametrize("words", [NEIGHBOR, CLUSTERS])
def test_training_in_mini_batches_is_stored_and_goes_on_exactly(gcl, fails, folder, words):
    ended = gcl("train", *FAST, *words, "--out", "a")
    assert ended.code == 0
    assert "trained grace (mini-batches) on karate: 2 epochs" in ended.out
    stored = yaml.safe_load((folder / "a" / "config.yaml").read_text())["loader"]
    assert stored["name"] == words[1]
    assert gcl("train", "--resume", "--out", "a", "--fit.epochs", 4).code == 0
    assert gcl("train", *FAST, *words, "--fit.epochs", 4, "--out", "b").code == 0
    a, b = (load_checkpoint(folder / name / "checkpoint.pt").weights for name in "ab")
    assert all(torch.equal(a[key], b[key]) for key in b)
    fails(2, "would change the run", "train", "--resume", "--out", "a", "--loader.batch_size", 3)
    again = ("train", "--config", "a/config.yaml", "--fit.epochs", 4, "--out", "c")
    assert gcl(*again).code == 0
    h = [np.load(folder / name / "embeddings.npy") for name in "bc"]
    assert np.array_equal(*h)


def test_embedding_and_scoring_go_layer_by_layer(gcl, folder, monkeypatch):
    assert gcl("train", *FAST, *CLUSTERS, "--out", "a").code == 0
    asked, embed = [], Method.embed

    def spy(self, data, *, block_size=None):
        asked.append(block_size)
        return embed(self, data, block_size=block_size)

    monkeypatch.setattr(Method, "embed", spy)
    assert gcl("embed", "--checkpoint", "a", "--out", "h.npy").code == 0
    assert gcl("evaluate", "--checkpoint", "a", "--tasks", "clustering").code == 0
    assert asked == [2**16] * 3  # one of them is the encoder before training


def test_a_table_in_mini_batches(gcl, fails, folder):
    words = ["bench", "--datasets", "karate", "--seeds", 1, "--fit.epochs", 1, "--tasks", "link"]
    assert "grace (mini-batches)" in gcl(*words, *CLUSTERS, "--out", "t").out
    lines = json.loads((folder / "t" / "table.json").read_text())
    assert '"num_parts": 4' in json.dumps(lines)
    kept = gcl(*words, *CLUSTERS, "--out", "t", "--resume")
    assert "seed 0" not in kept.err
    assert "seed 0" in gcl(*words, *CLUSTERS, "--loader.seed", 3, "--out", "t", "--resume").err
    fails(2, "--loader.name must say which", *words, "--loader.batch_size", 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--loader.name", "neighbour"], "(did you mean neighbor?)"),
        (["--loader.name", "neighbor"], "loader.num_neighbors must be given"),
        (["--loader.batch_size", "3"], "--loader.name must say which"),
        ([*NEIGHBOR, "--loader.num_parts", "3"], "unknown option --loader.num_parts"),
        ([*CLUSTERS, "--loader.num_prts", "3"], "did you mean --loader.num_parts?"),
        (["--loader.num_neigbors", "3"], "did you mean --loader.num_neighbors or"),
        ([*CLUSTERS, "--loader.batch_size", "x"], "--loader.batch_size must be a whole number"),
        ([*CLUSTERS, "--loader.method", "x"], "method must be one of"),
        ([*CLUSTERS, "--method", "mvgrl", "--method.window", "8"], "window must be None for mini"),
    ],
)
def test_wrong_use_leaves_no_folder(fails, folder, words, message):
    fails(2, message, "train", *FAST, "--out", "o", *words)
    assert not (folder / "o").exists()


def test_help_lists_the_options(gcl):
    for command in ("train", "bench"):
        text = gcl(command, "--help").out
        assert "--loader.num_parts" in text
        assert "--loader.cluster_size" in text
    text = gcl("train", "--loader.name", "neighbor", "--help").out
    assert "--loader.num_neighbors" in text
    assert "--loader.num_parts" not in text


def test_a_memory_budget_chooses_the_batch_size(gcl, fails, folder):
    words = ["train", *FAST, "--loader.name", "neighbor", "--loader.num_neighbors", "3,2"]
    assert gcl(*words, "--memory-budget", "64GB", "--out", "a").code == 0
    stored = yaml.safe_load((folder / "a" / "config.yaml").read_text())
    assert (stored["memory_budget"], stored["loader"]["batch_size"]) == ("64GB", 34)
    assert gcl("train", "--resume", "--out", "a", "--fit.epochs", 3).code == 0
    given = ["--memory-budget", "64GB", "--loader.batch_size", 5, "--out", "b"]
    assert gcl(*words, *given).code == 0
    content = yaml.safe_load((folder / "b" / "config.yaml").read_text())
    assert content["loader"]["batch_size"] == 5
    fails(2, "memory_budget must exceed what is taken", *words, "--memory-budget", "9MB")
    fails(2, "such as 4GB or 512MiB; got '9X'", *words, "--memory-budget", "9X")
    assert "--memory-budget" in gcl("bench", "--help").out
    table = ["bench", "--datasets", "karate", "--seeds", 1, "--fit.epochs", 1, "--tasks", "link"]
    assert gcl(*table, *words[-4:], "--memory-budget", "64GB").code == 0
