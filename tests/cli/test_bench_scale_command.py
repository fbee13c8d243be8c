import json

from gcl.benchmark import scale


def fake(graph, training):
    record = {"graph": graph, "training": training, "N": 1000, "M": 20000, "batches": 3}
    record |= {"preparation_seconds": 0.5, "epoch_seconds": 2.0, "loading_share": 0.05}
    return record | {"peak_mib": 1234.0}


def test_table_and_file(gcl, folder, monkeypatch):
    monkeypatch.setattr(scale, "measure_apart", fake)
    words = ["--graphs", "synthetic_arxiv_4,ego_twitter", "--trainings", "grace_parts"]
    ended = gcl("bench", "scale", *words, "--out", "scale.json")
    assert ended.code == 0
    assert "synthetic arxiv / 4" in ended.out
    assert "1,234 MiB" in ended.out
    assert "5%" in ended.out
    content = json.loads((folder / "scale.json").read_text())
    assert [r["training"] for r in content["scale"]] == ["grace, parts"] * 2


def test_wrong_use(fails):
    fails(2, "--graphs: got 'synthetic_arxv'", "bench", "scale", "--graphs", "synthetic_arxv")
    fails(2, "--trainings: got 'grace'", "bench", "scale", "--trainings", "grace")
    fails(2, "there is no folder", "bench", "scale", "--out", "none/scale.json")
