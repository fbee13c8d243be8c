import torch
from torch_geometric.data import Data

from gcl.functional.sparse_features import csr_tensor
from gcl.methods.corruption import beside_corruption, draw_order

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
ORDER = torch.tensor([2, 0, 1])


def test_edges_are_repeated_and_features_reordered():
    x = torch.arange(6.0).view(3, 2)
    union = beside_corruption(Data(x=x, edge_index=EDGES, edge_weight=torch.arange(4.0)), ORDER)
    assert torch.equal(union.x, torch.cat([x, x[ORDER]]))
    assert torch.equal(union.edge_index, torch.cat([EDGES, EDGES + 3], dim=1))
    assert union.edge_weight.tolist() == [0, 1, 2, 3] * 2
    assert "edge_weight" not in beside_corruption(Data(x=x, edge_index=EDGES), ORDER)


def test_sparse_features_stay_sparse():
    start = torch.tensor([0, 1, 1, 3])
    x = csr_tensor(start, torch.tensor([1, 0, 1]), torch.tensor([5.0, 6.0, 7.0]), (3, 2))
    union = beside_corruption(Data(x=x, edge_index=EDGES), ORDER)
    assert union.x.layout == torch.sparse_csr
    assert union.x.to_dense().tolist() == [[0, 5], [0, 0], [6, 7], [6, 7], [0, 5], [0, 0]]


def test_orders_stay_within_each_graph():
    batch = torch.tensor([0, 0, 1, 1, 1])
    orders = [draw_order(5, torch.device("cpu"), batch) for _ in range(20)]
    assert all(torch.equal(batch[order], batch) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) > 5
    assert draw_order(4, torch.device("cpu")).sort().values.tolist() == [0, 1, 2, 3]
