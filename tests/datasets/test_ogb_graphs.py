import sys

import pytest
import torch
from support.ogb_files import write_molecules, write_tables
from torch_geometric.loader import DataLoader

from gcl.datasets import load_graphs


def test_graphs_and_split(tmp_path, monkeypatch):
    write_molecules(tmp_path)  # without ogb's RELEASE file
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked for input"))
    dataset = load_graphs("ogbg-molbace", tmp_path)
    assert repr(dataset) == "OGBGraphs('ogbg-molbace', 12)"
    assert [g.num_nodes for g in dataset] == [3, 4, 5] * 4
    assert dataset[1].edge_index.tolist() == [[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]
    assert dataset[2].y.tolist() == [[1]]
    assert dataset[2].x.dtype == torch.int64
    assert {part: len(index) for part, index in dataset.split.items()} == {
        "train": 4,
        "valid": 4,
        "test": 4,
    }
    batch = next(iter(DataLoader(dataset[dataset.split["valid"]], batch_size=4)))
    assert batch.num_graphs == 4
    batch.validate()


def test_equals_ogbs_own_reader(tmp_path, monkeypatch):
    folder = write_molecules(tmp_path)
    monkeypatch.setitem(sys.modules, "outdated", None)  # ogb asks the network through it
    from ogb.io.read_graph_pyg import read_graph_pyg

    for ours, theirs in zip(
        load_graphs("ogbg-molbace", tmp_path),
        read_graph_pyg(str(folder / "raw"), True),
        strict=True,
    ):
        for key in ("x", "edge_index", "edge_attr"):
            assert torch.equal(ours[key], theirs[key])


def test_missing_labels_are_nan(tmp_path):
    folder = write_molecules(tmp_path, count=3)
    write_tables(folder / "raw", {"graph-label": "1,\n,0\n0,0\n"})
    y = torch.cat([g.y for g in load_graphs("ogbg-molbace", tmp_path)])
    assert y.dtype == torch.float32
    assert y.isnan().tolist() == [[False, True], [True, False], [False, False]]


def test_files_that_do_not_belong_together(tmp_path):
    folder = write_molecules(tmp_path)
    write_tables(folder / "raw", {"graph-label": "1\n"})
    with pytest.raises(
        ValueError, match="do not belong together: y has 1 rows, the graphs have 12"
    ):
        load_graphs("ogbg-molbace", tmp_path)


def test_missing_files_and_unknown_names(tmp_path):
    with pytest.raises(FileNotFoundError, match="'ogbg-molhiv' lacks raw files"):
        load_graphs("ogbg-molhiv", tmp_path)
    with pytest.raises(ValueError, match="unknown set of molecules: got 'ogbg-molhv'"):
        load_graphs("ogbg-molhv", tmp_path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "graphs", "nodes", "edges", "split"),
    [
        ("ogbg-molbace", 1513, 51577, 2 * 55768, (1210, 151, 152)),
        ("ogbg-molbbbp", 2039, 49068, 2 * 52921, (1631, 204, 204)),
    ],
)
def test_real_molecules(name, graphs, nodes, edges, split, data_root):
    dataset = load_graphs(name, data_root)
    assert len(dataset) == graphs
    assert dataset._data.x.size(0) == nodes
    assert dataset._data.edge_index.size(1) == edges
    assert tuple(len(dataset.split[part]) for part in ("train", "valid", "test")) == split
    assert all(g.validate() for g in dataset[:20])
