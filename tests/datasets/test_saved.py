import os

import pytest
import torch
from torch_geometric.data import Data, HeteroData

from gcl.datasets import load


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


@pytest.mark.parametrize("as_dict", [False, True])
def test_round_trip(tmp_path, path_graph, as_dict):
    torch.save(path_graph.to_dict() if as_dict else path_graph, tmp_path / "g.pt")
    data = load(tmp_path / "g.pt")[0]
    assert data.keys() == path_graph.keys()
    assert all(torch.equal(value, path_graph[key]) for key, value in data)


def test_without_features(tmp_path):
    torch.save(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=3), tmp_path / "g.pt")
    assert load(tmp_path / "g.pt", features="constant")[0].x.tolist() == [[1.0]] * 3
    assert load(tmp_path / "g.pt")[0].x.shape == (3, 1)


def test_arbitrary_pickles_are_refused(tmp_path, capfd):
    torch.save({"edge_index": Evil()}, tmp_path / "g.pt")
    with pytest.raises(ValueError, match=r"g.pt is refused: it holds more than tensors"):
        load(tmp_path / "g.pt")
    assert "must not run" not in capfd.readouterr().out


def test_safe_globals_do_not_leak(tmp_path, path_graph):
    before = set(torch.serialization.get_safe_globals())
    torch.save(path_graph, tmp_path / "g.pt")
    load(tmp_path / "g.pt")
    assert set(torch.serialization.get_safe_globals()) == before


def test_truncated_and_foreign_files(tmp_path, path_graph):
    path = tmp_path / "g.pt"
    torch.save(path_graph, path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no pickle at all"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"g.pt is"):
            load(path)
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match=r"must hold a PyG Data with edge_index, got list"):
        load(path)
    torch.save(HeteroData(), path)
    with pytest.raises(ValueError, match=r"g.pt"):
        load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edge_index": torch.tensor([[0], [9]])}, r"edge_index must lie in \[0, 5\).*got 9"),
        ({"x": torch.full((5, 1), float("nan"))}, "x must be finite, got nan at row 0"),
        ({"y": torch.zeros(3)}, "y must have 5 rows, one a node, got 3"),
        ({"edge_weight": torch.ones(2)}, "edge_weight must have 6 rows, one an edge, got 2"),
        ({"train_mask": torch.ones(4).bool()}, "train_mask must have 5 rows"),
    ],
)
def test_graphs_that_do_not_hold_together(tmp_path, path_graph, change, message):
    path_graph.update(change)
    torch.save(path_graph, tmp_path / "g.pt")
    with pytest.raises(ValueError, match=message) as info:
        load(tmp_path / "g.pt")
    assert "g.pt" in str(info.value)


def test_empty_graph(tmp_path):
    torch.save(Data(x=torch.ones(0, 2), edge_index=torch.empty(2, 0).long()), tmp_path / "g.pt")
    with pytest.raises(ValueError, match="the graph is empty: it has no nodes"):
        load(tmp_path / "g.pt")


def test_ignored_options(tmp_path, path_graph):
    torch.save(path_graph, tmp_path / "g.pt")
    for options in ({"features": "degree"}, {"directed": True}, {"labels": "y"}):
        with pytest.raises(ValueError, match=f"{next(iter(options))}=.* would be ignored"):
            load(tmp_path / "g.pt", **options)


@pytest.mark.parametrize("content", [b"", b"J", b"h\x05.", b"\x80\x02X\xff", b"PK\x03\x04junk"])
def test_damaged_bytes_name_the_file(tmp_path, content):
    path = tmp_path / "graph.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="graph.pt is (refused|corrupt)"):
        load(path)
