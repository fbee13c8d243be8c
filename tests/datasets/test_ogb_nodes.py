import gzip
import sys

import numpy as np
import pytest
import torch

from gcl.datasets import CATALOGUE
from gcl.datasets.ogb_nodes import OGBNodes
from gcl.datasets.store import read_entry
from gcl.loaders import link_split

NODES = {"edge-feat": None, "node-feat": "0.5,1\n2,3\n-1,0\n", "node-label": "2\n0\n1\n"}


def write(folder, files):
    for name, text in files.items():
        if text is not None:
            path = folder / f"{name}.csv.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(text.encode()))


@pytest.fixture
def root(tmp_path):
    """Three nodes, edges 0 -> 1 and 2 -> 1, one node for each part of the split."""
    folder = tmp_path / "OGB" / "ogbn_tiny"
    write(folder / "raw", {"edge": "0,1\n2,1\n", "node_year": "2001\n2002\n2003\n", **NODES})
    write(folder / "raw", {"num-node-list": "3\n", "num-edge-list": "2\n"})
    write(folder / "split" / "time", {"train": "1\n", "valid": "2\n", "test": "0\n"})
    return tmp_path


def test_reads_the_layout_of_ogb(root):
    data = OGBNodes("OGB/ogbn_tiny", "tiny", "time", node_file="node_year").read(root)
    assert data.x.tolist() == [[0.5, 1.0], [2.0, 3.0], [-1.0, 0.0]]
    assert data.x.dtype == torch.float32
    assert data.y.tolist() == [2, 0, 1]
    assert data.edge_index.tolist() == [[0, 2], [1, 1]]
    assert data.node_year.flatten().tolist() == [2001, 2002, 2003]
    masks = [data[f"{part}_mask"].tolist() for part in ("train", "val", "test")]
    assert masks == [[False, True, False], [False, False, True], [True, False, False]]


def test_edge_features_and_several_labels(root):
    raw = root / "OGB" / "ogbn_tiny" / "raw"
    (raw / "node-feat.csv.gz").unlink()
    write(raw, {"edge-feat": "1,0\n3,4\n", "node-label": "0,1\n1,1\n0,0\n"})
    data = OGBNodes("OGB/ogbn_tiny", "tiny", "time", both_directions=True).read(root)
    assert data.edge_index.tolist() == [[0, 1, 2, 1], [1, 0, 1, 2]]
    assert data.edge_attr.tolist() == [[1, 0], [1, 0], [3, 4], [3, 4]]
    assert data.x.tolist() == [[1, 0], [2, 2], [3, 4]]
    assert data.y.tolist() == [[0, 1], [1, 1], [0, 0]]


@pytest.mark.parametrize("both", [True, False])
def test_equals_ogbs_own_reader(root, both, monkeypatch):
    monkeypatch.setitem(sys.modules, "outdated", None)  # ogb asks the network through it
    from ogb.io.read_graph_pyg import read_graph_pyg

    raw = root / "OGB" / "ogbn_tiny" / "raw"
    theirs = read_graph_pyg(str(raw), both, additional_node_files=["node_year"])[0]
    layout = OGBNodes("OGB/ogbn_tiny", "tiny", "time", both, "node_year")
    ours = layout.read(root)
    for key in ("x", "edge_index", "node_year"):
        assert torch.equal(ours[key], theirs[key])


def tiny_entry():
    """ogbn-arxiv's row of the catalogue, as if the set had three nodes."""
    import dataclasses

    counts = {"num_nodes": 3, "num_edges": 2, "num_features": 2, "num_classes": 3}
    return dataclasses.replace(CATALOGUE["ogbn-arxiv"], **counts)


@pytest.mark.parametrize("parent", ["OGB", "."])
def test_load_finds_both_places_and_neither_prompts_nor_imports_ogb(root, parent, monkeypatch):
    (root / "OGB" / "ogbn_tiny").rename(root / "moved")
    (root / parent).mkdir(exist_ok=True)
    (root / "moved").rename(root / parent / "ogbn_arxiv")  # without ogb's RELEASE file
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked for input"))
    for name in [name for name in sys.modules if name.split(".")[0] == "ogb"]:
        monkeypatch.delitem(sys.modules, name)
    for _ in range(2):  # the second time from the cache
        data = read_entry(tiny_entry(), root)
        assert data.y.tolist() == [2, 0, 1]
        assert data.edge_index.tolist() == [[0, 2], [1, 1]]
    assert "ogb" not in sys.modules


def test_truncated_archive(root, cache):
    (root / "OGB" / "ogbn_tiny").rename(root / "OGB" / "ogbn_arxiv")
    path = root / "OGB" / "ogbn_arxiv" / "raw" / "edge.csv.gz"
    noise = "\n".join(f"{a},{b}" for a, b in np.random.default_rng(0).integers(0, 3, (500, 2)))
    path.write_bytes(gzip.compress(noise.encode())[:200])
    with pytest.raises(ValueError, match=r"'ogbn-arxiv': \S*edge.csv.gz is corrupt or truncated"):
        read_entry(tiny_entry(), root)
    assert not list(cache.iterdir())


def test_features_made_of_edges_do_not_tell_of_edges_held_out(root):
    raw = root / "OGB" / "ogbn_tiny" / "raw"
    (raw / "node-feat.csv.gz").unlink()
    edges = [(i, (i + 1) % 30) for i in range(30)]
    write(raw, {"edge": "".join(f"{u},{v}\n" for u, v in edges)})
    write(raw, {"edge-feat": "".join(f"{u},{v * v}\n" for u, v in edges)})
    write(raw, {"node-label": "0\n1\n2\n" * 10})
    data = OGBNodes("OGB/ogbn_tiny", "tiny", "time", both_directions=True).read(root)
    split = link_split(data)
    seen = split.data
    for node in range(30):
        mine = seen.edge_attr[seen.edge_index[0] == node]
        expected = mine.mean(0) if len(mine) else torch.zeros(2)
        torch.testing.assert_close(seen.x[node], expected)
    assert not torch.equal(seen.x, data.x)
    data.x = torch.ones(30, 5)  # put in their place since
    assert torch.equal(link_split(data).data.x, data.x)
