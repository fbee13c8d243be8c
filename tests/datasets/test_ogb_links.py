import sys

import numpy as np
import pytest
import torch
from support.ogb_files import write_collab

from gcl.datasets import load_links
from gcl.datasets.ogb_files import saved


def test_graph_and_split(tmp_path, monkeypatch):
    write_collab(tmp_path)  # without ogb's RELEASE file
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked for input"))
    before = torch.load
    data, split = load_links("ogbl-collab", tmp_path)
    assert torch.load is before
    assert (data.num_nodes, data.num_edges) == (12, 24)
    assert data.edge_index[:, :4].tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert data.x.shape == (12, 4)
    assert data.edge_weight.tolist() == [1.0] * 24
    assert data.edge_year.tolist() == [2001] * 24
    assert split["valid"]["edge"].tolist() == [[0, 2], [6, 8]]
    assert split["test"]["edge_neg"].shape == (3, 2)
    assert split["train"]["edge"].dtype == torch.int64
    data.validate()


def test_equals_ogbs_own_reader(tmp_path, monkeypatch):
    folder = write_collab(tmp_path)
    monkeypatch.setitem(sys.modules, "outdated", None)  # ogb asks the network through it
    from ogb.io.read_graph_pyg import read_graph_pyg

    extra = ["edge_weight", "edge_year"]
    theirs = read_graph_pyg(str(folder / "raw"), True, additional_edge_files=extra)[0]
    ours = load_links("ogbl-collab", tmp_path).data
    assert torch.equal(ours.edge_index, theirs.edge_index)
    torch.testing.assert_close(ours.x, theirs.x)
    assert torch.equal(ours.edge_weight, theirs.edge_weight.view(-1).float())


def test_a_set_without_features(tmp_path):
    folder = write_collab(tmp_path)
    (folder / "split" / "time").rename(folder / "split" / "target")
    folder.rename(tmp_path / "ogbl_ddi")  # right below the root, where ogb may keep it
    data = load_links("ogbl_ddi", tmp_path).data
    assert data.num_nodes == 12
    assert "x" not in data


def test_files_of_old_numpy_are_read_and_others_are_refused(tmp_path):
    torch.save({"edge": np.arange(4, dtype=np.int32), "weight": [1, 2]}, tmp_path / "good.pt")
    content = saved(tmp_path / "good.pt")
    assert content["edge"].tolist() == [0, 1, 2, 3]
    assert content["weight"].tolist() == [1, 2]
    (tmp_path / "bad.pt").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"bad\.pt is no file of arrays"):
        saved(tmp_path / "bad.pt")


def test_what_a_file_holds_is_not_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("executed",))

    torch.save({"edge": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(ValueError, match=r"trap\.pt is no file of arrays"):
        saved(tmp_path / "trap.pt")


def test_missing_files_and_unknown_names(tmp_path):
    with pytest.raises(FileNotFoundError, match="'ogbl-ddi' lacks raw files"):
        load_links("ogbl-ddi", tmp_path)
    with pytest.raises(ValueError, match="unknown link set: got 'ogbl-colab'"):
        load_links("ogbl-colab", tmp_path)
