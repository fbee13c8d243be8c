import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import Data

from gcl.augmenters import EdgeDrop
from gcl.functional import gcn_adjacency
from gcl.regularizers import droppings
from gcl.regularizers.droppings import Droppings

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3, 0, 3], [1, 0, 2, 1, 3, 2, 3, 0]])
GRAPH = Data(x=torch.rand(5, 3), edge_index=EDGES)
AUGMENTERS = (EdgeDrop(0.5), EdgeDrop(0.9))


def dense(a):
    return a @ torch.eye(a.pattern.shape[1], dtype=a.value.dtype)


def test_views_and_their_bounds():
    views = [Data(x=GRAPH.x, edge_index=EDGES[:, :6]), GRAPH]
    first, second = Droppings()(GRAPH, views, AUGMENTERS)
    assert torch.equal(dense(first.view), dense(gcn_adjacency(EDGES[:, :6], 5)))
    assert torch.equal(dense(second.view), dense(gcn_adjacency(EDGES, 5)))
    # All nodes of the ring have degree 2; of its two edges, one is lost at most.
    assert dense(first.bounds.upper).diagonal().tolist() == pytest.approx([0.5] * 4 + [1])
    assert first.bounds.lower.squeeze(1).tolist() == pytest.approx([1 / 3] * 4 + [1])


def test_the_graph_is_sorted_once(monkeypatch):
    calls = []
    original = droppings.looped_adjacency

    def counted(edge_index, *args, **options):
        calls.append(edge_index)
        return original(edge_index, *args, **options)

    monkeypatch.setattr(droppings, "looped_adjacency", counted)
    described = Droppings()
    for _ in range(3):
        described(GRAPH, [GRAPH], AUGMENTERS[:1])
    assert len(calls) == 1
    copy = Data(x=GRAPH.x, edge_index=EDGES.clone())
    described(copy, [copy], AUGMENTERS[:1])
    assert len(calls) == 1
    other = Data(x=GRAPH.x, edge_index=EDGES[:, 1:])
    described(other, [other], AUGMENTERS[:1])
    assert len(calls) == 2


def test_another_size_or_dtype_is_another_graph():
    described = Droppings()
    for n, dtype in ((5, torch.float), (7, torch.float), (7, torch.double), (5, torch.float)):
        graph = Data(x=torch.rand(n, 3, dtype=dtype), edge_index=EDGES)
        (dropping,) = described(graph, [graph], AUGMENTERS[:1])
        assert dropping.clean.pattern.shape == (n, n)
        assert dropping.clean.value.dtype == dropping.bounds.upper.value.dtype == dtype


def test_a_sorted_edge_index_will_do():
    order = EDGES[1].sort(stable=True).indices
    graph = Data(x=GRAPH.x, edge_index=EdgeIndex(EDGES[:, order], sort_order="col"))
    (ours,) = Droppings()(graph, [graph], AUGMENTERS[:1])
    (plain,) = Droppings()(GRAPH, [GRAPH], AUGMENTERS[:1])
    torch.testing.assert_close(dense(ours.bounds.upper), dense(plain.bounds.upper))


def test_edge_weights_are_refused():
    graph = Data(x=GRAPH.x, edge_index=EDGES, edge_weight=torch.rand(8))
    for weighted, views in ((graph, [GRAPH, GRAPH]), (GRAPH, [GRAPH, graph])):
        with pytest.raises(ValueError, match=r"no edge_weight.*got a tensor of shape \[8\]"):
            Droppings()(weighted, views, AUGMENTERS)
