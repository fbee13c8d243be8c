import networkx
import pytest
import torch
from torch_geometric.utils import to_undirected

from gcl.evaluation import modularity


def test_equals_networkx_on_undirected_and_directed_graphs():
    edges = torch.randint(20, (2, 60))
    edges = edges[:, edges[0] != edges[1]]
    cluster = torch.randint(4, (20,))
    groups = [set((cluster == k).nonzero().flatten().tolist()) for k in range(4)]
    for kind, edge_index in (
        (networkx.Graph, to_undirected(edges)),
        (networkx.DiGraph, edges.unique(dim=1)),
    ):
        graph = kind()
        graph.add_nodes_from(range(20))
        graph.add_edges_from(edge_index.t().tolist())
        expected = networkx.community.modularity(graph, groups)
        assert modularity(cluster, edge_index) == pytest.approx(expected)


def test_weights_count():
    edges, cluster = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), torch.tensor([0, 0, 1])
    weight = torch.tensor([3.0, 3, 1, 1])
    graph = networkx.Graph()
    graph.add_weighted_edges_from([(0, 1, 3.0), (1, 2, 1.0)])
    expected = networkx.community.modularity(graph, [{0, 1}, {2}])
    assert modularity(cluster, edges, weight) == pytest.approx(expected)


def test_one_cluster_and_no_edges_give_0():
    edges = torch.randint(5, (2, 9))
    assert modularity(torch.zeros(5, dtype=torch.long), edges) == pytest.approx(0, abs=1e-12)
    assert modularity(torch.arange(5), torch.empty(2, 0, dtype=torch.long)) == 0


def test_bad_input_is_named():
    edges = torch.tensor([[0], [3]])
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 3\).*got 3"):
        modularity(torch.zeros(3, dtype=torch.long), edges)
    with pytest.raises(ValueError, match="cluster must be 0 or above, got -1"):
        modularity(torch.tensor([-1, 0, 0, 1]), edges)
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[1\]"):
        modularity(torch.zeros(4, dtype=torch.long), edges, torch.ones(2))
