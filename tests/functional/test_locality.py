import pytest
import torch
from torch_geometric.data import Data

from gcl.encoders import GCN
from gcl.functional import locality_order


def span(order, edge_index):
    return (order.argsort()[edge_index].diff(dim=0)).abs().max().item()


def test_a_shuffled_ring_is_unrolled():
    names = torch.randperm(50)
    ring = names[torch.stack([torch.arange(50), (torch.arange(50) + 1) % 50])]
    assert span(torch.arange(50), ring) > 10
    order = locality_order(ring, 50)
    assert order.sort().values.tolist() == list(range(50))
    assert span(order, ring) == 2  # the least possible on a ring


def test_repeated_edges_do_not_cancel():
    edge_index = torch.tensor([[0, 2], [2, 1]]).repeat(1, 128)  # 256 fills an int8
    assert span(locality_order(edge_index, 3), edge_index) == 1


def test_graphs_without_edges_or_nodes():
    none = torch.zeros(2, 0, dtype=torch.long)
    assert locality_order(none, 3).sort().values.tolist() == [0, 1, 2]
    assert locality_order(none, 0).tolist() == []


def test_order_is_applied_and_undone():
    edge_index = torch.randint(0, 30, (2, 80))
    data = Data(x=torch.randn(30, 5), edge_index=edge_index, edge_weight=torch.rand(80))
    order, encoder = locality_order(edge_index, 30), GCN(5, 8, 6)
    moved = data.subgraph(order)
    h = encoder(moved.x, moved.edge_index, moved.edge_weight)[order.argsort()]
    torch.testing.assert_close(h, encoder(data.x, data.edge_index, data.edge_weight))


def test_bad_edges_are_named():
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\).*got 2"):
        locality_order(torch.tensor([[0], [2]]), 2)
