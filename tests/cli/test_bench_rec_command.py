import json
from types import SimpleNamespace

import pytest

from gcl.benchmark.rec_entries import BASELINES
from gcl.methods import LightGCN

FEW = ["--fit.epochs", "2", "--fit.probe_every", "1", "--fit.patience", "2", "--seeds", "1"]
WORDS = ["bench", "table", "rec", *FEW, "--datasets", "likes.csv", "--tune", "false"]


@pytest.fixture
def likes(folder):
    rows = [f"u{u},i{i}" for u in range(30) for i in range(40) if u % 4 == i % 4 and (u + i) % 3]
    (folder / "likes.csv").write_text("\n".join(["user,item", *rows]))


def table(folder):
    return json.loads((folder / "o" / "rec.json").read_text())


def test_a_table_goes_on_where_it_stopped(gcl, likes, folder):
    first = gcl(*WORDS, "--out", "o", "--methods", "light_gcn")
    assert first.code == 0, first.err
    assert "recall@20" in first.out
    before = table(folder)
    words = [*WORDS, "--out", "o", "--methods", "light_gcn,light_gcl"]
    second = gcl(*words, "--resume")
    assert second.code == 0, second.err
    assert "light_gcn, seed" not in second.err
    assert "light_gcl (contrast_weight=0), seed 0" in second.err
    after = table(folder)
    assert after[: len(before)] == before
    labels = [*BASELINES, "light_gcn", "light_gcl", "light_gcl (contrast_weight=0)"]
    assert [record["label"] for record in after] == labels
    changed = gcl(*words, "--resume", "--fit.lr", "0.01")
    assert "light_gcn, seed 0" in changed.err
    assert {record["config"]["fit"]["lr"] for record in table(folder)} == {0.01}


def test_an_interrupted_training_goes_on_with_resume(gcl, fails, likes, folder, monkeypatch):
    original, count = LightGCN.step, SimpleNamespace(taken=0, stop=None)

    def step(self, batch):
        count.taken += 1
        if count.taken == count.stop:
            raise KeyboardInterrupt
        return original(self, batch)

    monkeypatch.setattr(LightGCN, "step", step)
    words = [*WORDS[:-1], "true", "--methods", "light_gcn", "--fit.epochs", "6"]
    assert gcl(*words, "--out", "whole").code == 0
    in_all, whole = count.taken, json.loads((folder / "whole" / "rec.json").read_text())
    count.taken, count.stop = 0, in_all - 1  # in the last candidate
    ended = gcl(*words, "--out", "o")
    assert ended.code == 130
    assert "interrupted; --resume goes on with what o holds" in ended.err
    fails(
        2, "o holds rec.json, rec.md, under_way; add --overwrite or --resume", *words, "--out", "o"
    )
    count.taken, count.stop = 0, None
    assert gcl(*words, "--out", "o", "--resume").code == 0
    assert count.taken == 2
    for found, expected in zip(table(folder), whole, strict=True):
        assert found["result"] == expected["result"]
        assert found["epochs"] == expected["epochs"]
    plots = ["rec_likes_items.png", "rec_likes_users.png"]
    names = sorted(path.name for path in (folder / "o").iterdir())
    assert names == ["rec.json", "rec.md", *plots]


def test_a_finished_table_gets_back_the_files_that_it_lacks(gcl, likes, folder, monkeypatch):
    words = [*WORDS, "--methods", "light_gcn", "--out", "o"]
    assert gcl(*words).code == 0
    before = {path.name: path.read_bytes() for path in (folder / "o").iterdir()}
    for name in ("rec.md", "rec_likes_users.png"):
        (folder / "o" / name).unlink()
    monkeypatch.setattr(LightGCN, "step", None)  # nothing is trained
    assert gcl(*words, "--resume").code == 0
    assert {path.name: path.read_bytes() for path in (folder / "o").iterdir()} == before


def test_what_is_chosen_is_shown(gcl, likes):
    words = [*WORDS[:-1], "true", "--methods", "direct_au"]
    ended = gcl(*words)
    assert ended.code == 0, ended.err
    assert "validation of {'gamma': 0.5}" in ended.err
    assert "gamma" in ended.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "light_gcm"], "light_gcn"),
        (["--methods", "grace"], "unknown recommender"),
        (["--methods", "sgl,sgl"], "named twice: sgl"),
        (["--resume"], "--resume would be ignored: there is no --out"),
        (["--datasets", "cora"], "cora"),
        (["--seeds", "0"], "seeds must be at least 1"),
        (["--precision", "half"], "precision must be one of highest, bf16; got 'half'"),
    ],
)
def test_wrong_use_is_named(gcl, likes, words, message):
    ended = gcl(*WORDS, *words)
    assert ended.code != 0
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_a_table_is_not_overwritten_by_chance(gcl, likes, folder):
    (folder / "o").mkdir()
    (folder / "o" / "rec.json").write_text("[]")
    ended = gcl(*WORDS, "--out", "o")
    assert ended.code != 0
    assert "o holds rec.json; add --overwrite or --resume" in ended.err
    (folder / "o" / "rec.json").write_text("{}")
    assert "is no table" not in gcl(*WORDS, "--out", "o", "--overwrite", "--methods", "sgl").err


def test_a_file_is_no_folder_and_a_short_training_is_validated_at_its_end(
    gcl, fails, likes, folder
):
    (folder / "f").write_text("mine")
    fails(2, "--out must be a folder, got the file f", *WORDS, "--out", "f")
    short = ["bench", "table", "rec", "--seeds", "1", "--datasets", "likes.csv", "--tune", "false"]
    ended = gcl(*short, "--methods", "light_gcn", "--fit.epochs", "2")
    assert ended.code == 0, ended.err
