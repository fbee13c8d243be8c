import json

import pytest

from gcl.benchmark import pamc


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(pamc, "SUITES", {"loss": lambda: iter([{"N": 9298, "dense_ratio": 12.34}])})


def test_tables_and_file(gcl, folder, small):
    ended = gcl("bench", "pamc", "--out", "pamc.json")
    assert ended.code == 0
    assert "loss: N 9,298, dense ratio 12.3x" in ended.err
    assert "9,298  12.3x" in ended.out
    assert "written: pamc.json" in ended.err
    assert json.loads((folder / "pamc.json").read_text())["loss"][0]["N"] == 9298


def test_wrong_words_are_named(fails):
    assert "did you mean loss" in fails(2, "got 'los'", "bench", "pamc", "--suites", "los")
    fails(2, "--out: there is no folder nowhere", "bench", "pamc", "--out", "nowhere/pamc.json")
