import csv

import numpy as np
import pandas as pd
import pytest
import torch

from gcl.benchmark import rec_files
from gcl.benchmark.rec_files import names_of, write_rec_embeddings, write_recommendations
from gcl.datasets import interactions

H = {"user": torch.rand(2, 3), "item": torch.rand(4, 3)}


@pytest.fixture
def data():
    return interactions(torch.tensor([[0, 1], [3, 0]]), item_names=["w", "x", "ü,", "z"])


def test_ids_are_names_or_numbers(data):
    assert names_of(data, "user") == ["0", "1"]
    assert names_of(data, "item") == ["w", "x", "ü,", "z"]


def test_lists(tmp_path):
    path = tmp_path / "new" / "top.csv"
    scores = torch.tensor([[0.5, 0.25], [2.0, -torch.inf]])
    write_recommendations(path, ["ann", "bob"], [["ü,", "w"], ["x"]], scores)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["user", "rank", "item", "score"],
        ["ann", "1", "ü,", "0.5"],
        ["ann", "2", "w", "0.25"],
        ["bob", "1", "x", "2"],
    ]
    assert [p.name for p in path.parent.iterdir()] == ["top.csv"]


def test_embeddings_as_arrays(data, tmp_path):
    write_rec_embeddings(tmp_path / "h.npz", H, data)
    with np.load(tmp_path / "h.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["user"], H["user"].numpy())
        assert arrays["item"].shape == (4, 3)
        assert arrays["item_name"].tolist() == ["w", "x", "ü,", "z"]
        assert arrays["user_name"].tolist() == ["0", "1"]


def test_embeddings_as_a_table(data, tmp_path, monkeypatch):
    kept = {}
    monkeypatch.setattr(rec_files.importlib.util, "find_spec", lambda name: name)

    def keep(frame, path):
        kept["frame"] = frame
        path.write_text("parquet")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", keep)
    write_rec_embeddings(tmp_path / "h.parquet", H, data)
    frame = kept["frame"]
    assert list(frame.columns) == ["kind", "name", "embedding"]
    assert frame["name"].tolist() == ["0", "1", "w", "x", "ü,", "z"]
    assert torch.equal(torch.tensor(frame["embedding"][1]), H["user"][1])
    assert (tmp_path / "h.parquet").read_text() == "parquet"


def test_a_parquet_file_gives_the_embeddings_back(data, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_rec_embeddings(tmp_path / "h.parquet", H, data)
    frame = pd.read_parquet(tmp_path / "h.parquet")
    assert frame["kind"].tolist() == ["user"] * 2 + ["item"] * 4
    assert frame["name"].tolist() == ["0", "1", "w", "x", "ü,", "z"]
    assert np.array_equal(np.stack(frame["embedding"]), torch.cat([H["user"], H["item"]]).numpy())
    stored = parquet.read_schema(tmp_path / "h.parquet").field("embedding").type
    assert str(stored.value_type) == "float"  # four bytes, as in the method


def test_bad_paths(data, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"must end in \.npz or \.parquet"):
        write_rec_embeddings(tmp_path / "h.npy", H, data)
    monkeypatch.setattr(rec_files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="needs the package pyarrow, which is not installed"):
        write_rec_embeddings(tmp_path / "h.parquet", H, data)


def test_a_full_disk_leaves_no_half_file(data, tmp_path, monkeypatch):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError("no space")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"cannot write .*h\.npz: no space"):
        write_rec_embeddings(tmp_path / "h.npz", H, data)
    assert list(tmp_path.iterdir()) == []
