"""Running the command line in process, in an empty folder."""

from typing import NamedTuple

import pytest

from gcl.cli import main

FAST = ["--dataset", "karate", "--fit.epochs", "2", "--method.out_channels", "8"]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def gcl(folder, capsys):
    """``gcl("train", ...)`` runs the command and returns exit code, stdout and stderr."""

    def run(*words):
        code = main([str(word) for word in words])
        return Ended(code, *capsys.readouterr())

    return run


@pytest.fixture
def fails(gcl):
    """``fails(code, text, *words)``: one message without traceback; returns it."""

    def run(code, text, *words):
        ended = gcl(*words)
        assert ended.code == code, ended
        assert text in ended.err
        assert "Traceback" not in ended.err
        assert ended.err.count("error:") == 1
        return ended.err

    return run


@pytest.fixture
def run_a(gcl):
    """The folder of a short run of GRACE on karate."""
    assert gcl("train", *FAST, "--out", "a").code == 0
    return "a"


@pytest.fixture
def edge_folder(folder):
    """A graph of six nodes without labels, as a folder of tables."""
    graph = folder / "six"
    graph.mkdir()
    pairs = ["0,1", "1,2", "2,3", "3,4", "4,5", "0,2", "3,5", "1,4"]
    (graph / "edges.csv").write_text("\n".join(pairs) + "\n")
    return graph
