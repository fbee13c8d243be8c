import csv

import pytest

from gcl.benchmark.compactness_files import FILES

FAST = ["--dataset", "karate", "--fit.epochs", "2", "--method.out_channels", "8"]


def test_files_and_summary(gcl, fails, folder, run_a):
    ended = gcl("diagnose", "--checkpoint", "a/checkpoint.pt", "--draws", "2")
    assert ended.code == 0, ended.err
    assert "compactness of grace on karate (34 nodes" in ended.err
    assert "nodes:               34" in ended.out
    assert "rank correlation with degree: " in ended.out
    assert {*FILES} <= {p.name for p in (folder / "a").iterdir()}
    with (folder / "a" / "compactness.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["degree"]) for row in rows[:4]] == [16, 9, 10, 6]
    fails(2, "a holds compactness.csv", "diagnose", "--checkpoint", "a")
    assert gcl("diagnose", "--checkpoint", "a", "--overwrite").code == 0


def test_it_repeats_and_modes_differ(gcl, folder, run_a):
    for out, words in (("b", []), ("c", ["--mode", "exact"]), ("d", ["--mode", "fast"])):
        assert gcl("diagnose", "--checkpoint", "a", "--out", out, *words).code == 0
    b, c, d = ((folder / out / "compactness.csv").read_text() for out in "bcd")
    assert b == c != d


def test_runs_without_bounds(gcl, fails, folder):
    assert gcl("train", *FAST, "--method", "dgi", "--out", "dgi").code == 0
    fails(2, "method must draw two views", "diagnose", "--checkpoint", "dgi")
    assert gcl("train", *FAST, "--method.encoder", "sage", "--out", "sage").code == 0
    fails(2, "two-layer gcl.encoders.GCN, got SAGE", "diagnose", "--checkpoint", "sage")
    assert not (folder / "dgi" / "compactness.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--checkpoint is required"),
        (["--checkpoint", "nope"], "there is no file or folder nope"),
        (["--checkpoint", "a", "--out", "a/config.yaml"], "--out must be a folder, got the file"),
        (["--checkpoint", "a", "--draws", "0"], "draws must be at least 1, got 0"),
        (["--checkpoint", "a", "--mode", "both"], "mode must be one of exact, fast"),
        (["--checkpoint", "a", "--draw", "3"], "did you mean --draws?"),
    ],
)
def test_wrong_use(fails, folder, run_a, words, message):
    fails(2, message, "diagnose", *words)
