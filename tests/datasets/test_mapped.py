import numpy as np
import pytest
import torch

from gcl.checks import OptionError
from gcl.datasets import load
from gcl.datasets.mapped import map_features


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    (path / "edges.csv").write_text("0,1\n1,2\n")
    np.save(path / "features.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    return path


def test_the_graph_is_the_same(folder):
    plain, mapped = load(folder)[0], load(folder, mmap=True)[0]
    assert torch.equal(plain.x, mapped.x)
    assert torch.equal(plain.edge_index, mapped.edge_index)
    assert load(folder, mmap=False)[0].x.tolist() == plain.x.tolist()


def test_features_are_read_when_they_are_used(folder):
    x = load(folder, mmap=True)[0].x
    with (folder / "features.npy").open("r+b") as file:  # never to be done, but it shows
        file.seek(-4, 2)
        file.write(np.float32(9).tobytes())
    assert x[2, 1] == 9


def test_the_file_is_not_written_to(folder):
    x = map_features(folder / "features.npy")
    x.fill_(7)
    assert np.load(folder / "features.npy").max() == 5


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 2)), "must hold a matrix of float32.*got shape .3, 2. and dtype float64"),
        (np.zeros(3, np.float32), "must hold a matrix of float32"),
        (np.asfortranarray(np.zeros((3, 2), np.float32)), "row by row"),
        (np.float32([[0, 1], [2, np.nan], [4, 5]]), "features.npy: nan at row 1, column 1"),
    ],
)
def test_arrays_that_cannot_be_mapped(folder, array, message):
    np.save(folder / "features.npy", array)
    with pytest.raises(ValueError, match=message):
        load(folder, mmap=True)


def test_a_bad_entry_is_found_in_a_later_block(folder, monkeypatch):
    monkeypatch.setattr("gcl.datasets.mapped._BLOCK", 2)
    np.save(folder / "features.npy", np.float32([[0, 1], [2, 3], [np.inf, 5]]))
    with pytest.raises(ValueError, match="inf at row 2, column 0"):
        map_features(folder / "features.npy")


def test_damaged_files(folder):
    (folder / "features.npy").write_bytes(b"junk")
    with pytest.raises(ValueError, match="features.npy cannot be mapped"):
        load(folder, mmap=True)


def test_where_there_is_nothing_to_map(folder, tmp_path):
    (folder / "features.npy").unlink()
    with pytest.raises(OptionError, match=r"mmap=True would be ignored: .* has no features.npy"):
        load(folder, mmap=True)
    (tmp_path / "g.csv").write_text("0,1\n")
    with pytest.raises(OptionError, match="mmap=True would be ignored"):
        load(tmp_path / "g.csv", mmap=True)
    with pytest.raises(OptionError, match="mmap=True would be ignored: 'karate' is in the"):
        load("karate", mmap=True)
