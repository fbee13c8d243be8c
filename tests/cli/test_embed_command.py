import numpy as np
import pytest
import torch

from gcl.benchmark import Config
from gcl.cli.embed import _elsewhere
from gcl.training import save_checkpoint


@pytest.mark.parametrize("checkpoint", ["a", "a/checkpoint.pt"])
def test_embeddings_are_those_of_the_run(gcl, folder, run_a, checkpoint):
    ended = gcl("embed", "--checkpoint", checkpoint, "--out", "new/h.npy")
    assert ended.code == 0
    assert "shape [34, 8]" in ended.out
    h = np.load(folder / "new" / "h.npy")
    assert np.array_equal(h, np.load(folder / "a" / "embeddings.npy"))
    assert [p.name for p in (folder / "new").iterdir()] == ["h.npy"]


def test_an_existing_file_is_not_replaced_unasked(fails, gcl, folder, run_a):
    (folder / "h.npy").write_text("mine")
    words = ["embed", "--checkpoint", "a", "--out", "h.npy"]
    fails(2, "h.npy exists; add --overwrite", *words)
    assert (folder / "h.npy").read_text() == "mine"
    assert gcl(*words, "--overwrite").code == 0
    assert np.load(folder / "h.npy").shape == (34, 8)


def test_another_graph_needs_the_same_features(fails, gcl, folder, run_a, edge_folder):
    words = ["embed", "--checkpoint", "a", "--out", "h.npy", "--dataset"]
    fails(2, "grace was trained on 34 features a node, but six has 1", *words, "six")
    rows = [",".join("0" if i == j else "1" for i in range(34)) for j in range(6)]
    (edge_folder / "features.csv").write_text("\n".join(rows) + "\n")
    assert gcl(*words, "six").code == 0
    assert np.load(folder / "h.npy").shape == (6, 8)


def test_how_to_read_a_file_is_not_asked_of_a_named_set(folder):
    config = Config(dataset="a.graphml", features=("age",), labels="club")
    assert _elsewhere(config, "b.graphml").labels == "club"
    assert _elsewhere(config, "karate").graph == Config(dataset="karate").graph


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "h.npy"], "--checkpoint is required"),
        (["--checkpoint", "a"], "--out is required"),
        (["--checkpoint", "a", "--out", "h.txt"], "--out must end in .npy, got h.txt"),
        (["--checkpoint", "b", "--out", "h.npy"], "there is no file or folder b"),
        (["--checkpoint", ".", "--out", "h.npy"], "there is no checkpoint at"),
        (["--chekpoint", "a", "--out", "h.npy"], "did you mean --checkpoint?"),
    ],
)
def test_wrong_use(fails, folder, run_a, words, message):
    fails(2, message, "embed", *words)
    assert not (folder / "h.npy").exists()


def test_checkpoints_that_hold_no_run(fails, folder):
    (folder / "junk.pt").write_bytes(b"junk")
    fails(1, "junk.pt is damaged", "embed", "--checkpoint", "junk.pt", "--out", "h.npy")
    save_checkpoint(folder / "bare.pt", torch.nn.Linear(1, 1))
    fails(1, "was not written by", "embed", "--checkpoint", "bare.pt", "--out", "h.npy")


def test_a_full_disk_leaves_no_half_file(fails, folder, run_a, monkeypatch):
    def full(file, array):
        file.write(b"half")
        raise OSError("12 requested and 4 written")

    monkeypatch.setattr(np, "save", full)
    fails(1, "cannot write h.npy: 12 requested", "embed", "--checkpoint", "a", "--out", "h.npy")
    assert [p.name for p in folder.iterdir()] == ["a"]
