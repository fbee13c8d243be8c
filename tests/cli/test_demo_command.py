from types import SimpleNamespace

import pytest

from gcl.benchmark.artifacts import FILES
from gcl.benchmark.table_files import TABLES
from gcl.cli import demo
from gcl.cli.demo import verdict
from gcl.cli.layers import layer


@pytest.fixture
def quick(monkeypatch):
    """The demo with two epochs and few splits."""
    base = layer("grace", "digits")
    changes = {"fit": {"epochs": 2}, "evaluation": {"num_splits": 1, "kmeans_runs": 1}}
    config = base.config(changes)
    monkeypatch.setattr(demo, "layer", lambda *names: SimpleNamespace(config=lambda _: config))


def test_the_run_and_the_table_are_in_one_folder_and_may_be_made_again(gcl, folder, quick):
    ended = gcl("demo", "--seeds", "1")
    assert ended.code == 0
    out = folder / "runs" / "demo"
    assert sorted(p.name for p in out.iterdir()) == sorted((*FILES, *TABLES))
    assert "GRACE " in ended.out.splitlines()[-2]
    (out / "mine.txt").write_text("mine")
    assert gcl("demo", "--seeds", "1").code == 0
    assert (out / "mine.txt").read_text() == "mine"


def test_wrong_use(fails, folder):
    (folder / "f").write_text("mine")
    fails(2, "--out must be a folder", "demo", "--out", "f")
    fails(2, "seeds must be at least 1", "demo", "--seeds", "0")
    fails(2, "unknown option --dataset", "demo", "--dataset", "cora")


def lines(raw, untrained, grace):
    def line(source, nmi, accuracy):
        score = SimpleNamespace
        results = {
            "clustering": {"nmi": score(mean=nmi)},
            "node": {"accuracy": score(mean=accuracy)},
        }
        return SimpleNamespace(source=source, results=results)

    return [line("raw", *raw), line("untrained", *untrained), line("grace", *grace)]


@pytest.mark.parametrize(
    ("grace", "said"),
    [
        ((0.8, 0.9), ("beats both", "does not lose")),
        ((0.7, 0.95), ("does NOT beat both", "does not lose")),
        ((0.8, 0.89), ("beats both", "LOSES")),
    ],
)
def test_verdict(grace, said):
    text = verdict(lines((0.6, 0.9), (0.7, 0.99), grace))
    assert all(part in text for part in said)
    assert "at most 70.0" in text
