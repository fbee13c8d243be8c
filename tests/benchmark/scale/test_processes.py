"""One process and two do the same epoch; the record holds both times."""

import json

import pytest
import torch

from gcl.benchmark import scale
from gcl.benchmark.scale import graphs, processes
from gcl.datasets.synthetic import like


def test_seconds_of_the_last_epoch(monkeypatch, tmp_path):
    small = like("ogbn-arxiv", scale=0.005)[0]
    monkeypatch.setitem(graphs.GRAPHS, "synthetic arxiv", lambda: small)
    threads = torch.get_num_threads()
    try:
        processes.measure_epoch("synthetic arxiv", "grace, parts", str(tmp_path / "out.json"))
    finally:
        torch.set_num_threads(threads)
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["N"] == small.num_nodes
    assert found["seconds"] > 0


def test_record_and_suite(monkeypatch, tmp_path):
    def apart(graph, training, count):
        assert (graph, training) == ("synthetic arxiv", "grace, parts")
        return {"N": 5, "M": 7, "seconds": 6.0 / count}

    monkeypatch.setattr(processes, "_apart", apart)
    training = "grace, parts, two processes"
    content = scale.run(["synthetic arxiv"], [training], out=tmp_path / "scale.json")
    assert content["scale"] == content["growth"] == []
    (record,) = content["speed_up"]
    assert (record["one_process"], record["two_processes"], record["ratio"]) == (6.0, 3.0, 2.0)
    assert record["training"] == training


def test_a_run_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(processes, "_PROGRAM", "raise SystemExit('no luck')")
    with pytest.raises(RuntimeError, match="grace, parts on g failed: no luck"):
        processes._apart("g", "grace, parts", 1)
