"""Records of the scaling benchmark are complete, and its exponents those of the numbers given."""

import json

import numpy as np
import pytest
import torch

from gcl.benchmark import scale
from gcl.benchmark.scale import graphs, measure
from gcl.benchmark.scale.training import TRAININGS
from gcl.datasets.synthetic import like


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(graphs.GRAPHS, "synthetic arxiv", lambda: like("ogbn-arxiv", scale=0.01)[0])


@pytest.mark.parametrize("training", TRAININGS)
def test_a_record_is_complete(training, small):
    record = measure.measure("synthetic arxiv", training)
    assert (record["N"], record["M"]) == (1693, 11662)
    assert record["batches"] >= 1
    assert 0 < record["loading_share"] < 1 or training.endswith("full batch")
    assert record["epoch_seconds"] > 0
    assert record["peak_mib"] is None or record["peak_mib"] > 50


def test_records_are_written_as_they_come(monkeypatch, tmp_path):
    def fake(graph, training):
        nodes = {"synthetic arxiv / 4": 10, "synthetic arxiv / 2": 20, "synthetic arxiv": 40}[graph]
        seconds, memory = 3.0 * nodes**1.5, 100.0 * nodes
        times = {"epoch_seconds": seconds, "preparation_seconds": 1.0, "loading_share": 0.1}
        return {"graph": graph, "training": training, "N": nodes, **times, "peak_mib": memory}

    monkeypatch.setattr(scale, "measure_apart", fake)
    names, out = ("synthetic arxiv / 4", "synthetic arxiv / 2", "synthetic arxiv"), "scale.json"
    scale.run(names[1:], ("bgrl, parts",), out=tmp_path / out)
    content = scale.run(names[:2], ("bgrl, parts",), out=tmp_path / out)  # the third one stays
    assert json.loads((tmp_path / out).read_text()) == content
    assert [r["graph"] for r in content["scale"]] == list(names)
    (growth,) = content["growth"]
    assert growth["time_exponent"] == pytest.approx(1.5)
    assert growth["memory_exponent"] == pytest.approx(1.0)


def test_no_growth_from_one_size_or_from_what_ran_out_of_memory():
    record = {"graph": "synthetic arxiv", "training": "t", "N": 3, "epoch_seconds": 1.0}
    assert scale.growth([record | {"peak_mib": 5.0}]) == []
    assert scale.growth([record | {"peak_mib": 5.0}, {**record, "N": 9, "peak_mib": None}]) == []


def test_real_graphs_are_read_in_both_directions(tmp_path):
    folder = tmp_path / "tiny" / "raw"
    folder.mkdir(parents=True)
    parts = {"x_indices": [1, 0], "x_indptr": [0, 1, 1, 2], "x_shape": [3, 2]}
    edges = np.array([[0, 1], [1, 2]], dtype=np.int32)
    np.savez(folder / "tiny.npz", edges=edges, num_nodes=3, **parts)
    data = graphs.real("tiny", tmp_path)
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 2, 0, 1]]
    assert data.x.tolist() == [[0, 1], [0, 0], [1, 0]]
    np.savez(folder / "tiny.npz", edges=edges, num_nodes=3)
    assert torch.equal(graphs.real("tiny", tmp_path).x, graphs.real("tiny", tmp_path).x)
    with pytest.raises(FileNotFoundError, match="the benchmark graph 'none' is not there"):
        graphs.real("none", tmp_path)


def test_records_of_another_machine_are_not_mixed_in(tmp_path):
    (tmp_path / "scale.json").write_text('{"machine": {"processor": "Abacus"}}')
    with pytest.raises(ValueError, match="out must be another file.*Abacus"):
        scale.run((), (), out=tmp_path / "scale.json")


def test_unknown_names():
    with pytest.raises(ValueError, match="graphs must be one of"):
        scale.run(("arxv",))
    with pytest.raises(ValueError, match="trainings must be one of"):
        scale.run(("synthetic arxiv",), ("grce",))


@pytest.mark.slow
def test_a_process_that_fails_is_reported():
    with pytest.raises(RuntimeError, match="nothing on karate failed"):
        measure.measure_apart("karate", "nothing")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "nodes", "edges"),
    [
        ("ego_twitter", 81306, 2684592),
        ("facebook_pages", 22470, 341646),
        ("github_social", 37700, 578006),
    ],
)
def test_the_real_graphs(name, nodes, edges, data_root):
    data = graphs.real(name, data_root)
    assert (data.num_nodes, data.num_edges) == (nodes, edges)
    data.validate()
