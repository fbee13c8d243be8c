import torch
from torch_geometric.data import Data
from torch_geometric.utils import subgraph

from gcl.methods.windows import draw_starts, take_windows


def test_windows_are_induced_subgraphs():
    edge_index = torch.randint(12, (2, 60))
    graph = Data(x=torch.randn(12, 3), edge_index=edge_index, edge_weight=torch.rand(60))
    starts, size = [0, 7, 4], 5
    windows = take_windows(graph, starts, size)
    assert windows.batch.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    for i, start in enumerate(starts):
        nodes = torch.arange(start, start + size)
        edges, weight = subgraph(nodes, edge_index, graph.edge_weight, relabel_nodes=True)
        own = windows.batch[windows.edge_index[0]] == i
        assert torch.equal(windows.x[windows.batch == i], graph.x[nodes])
        assert torch.equal(windows.edge_index[:, own] - i * size, edges)
        assert torch.equal(windows.edge_weight[own], weight)


def test_graphs_without_weights_have_none():
    graph = Data(x=torch.ones(4, 1), edge_index=torch.tensor([[0, 1], [1, 2]]))
    windows = take_windows(graph, [1], 3)
    assert "edge_weight" not in windows
    assert windows.edge_index.tolist() == [[0], [1]]


def test_starts_cover_all_that_fits():
    starts = draw_starts(10, 7, 500, torch.device("cpu"))
    assert set(starts) == {0, 1, 2, 3}
    assert draw_starts(5, 5, 2, torch.device("cpu")) == [0, 0]
