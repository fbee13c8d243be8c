import networkx as nx
import pytest
import torch

from gcl.functional import degree_centrality, eigenvector_centrality, pagerank_centrality
from gcl.functional.centrality import CENTRALITIES

NONE = torch.zeros(2, 0, dtype=torch.long)


def edges_of(graph):
    return torch.tensor(list(graph.to_directed().edges)).t()


@pytest.fixture
def graph():
    graph = nx.barabasi_albert_graph(30, 3, seed=1)
    graph.add_node(30)
    return graph


def test_degree_counts_undirected_edges_once():
    path = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    assert degree_centrality(path, 4).tolist() == [1, 2, 1, 0]
    assert degree_centrality(torch.tensor([[0, 0], [1, 2]]), 3).tolist() == [1, 0.5, 0.5]


def test_eigenvector_is_networkxs(graph):
    expected = nx.eigenvector_centrality_numpy(graph.subgraph(range(30)))
    ours = eigenvector_centrality(edges_of(graph), 31)
    torch.testing.assert_close(ours[:30], torch.tensor(list(expected.values())).float())
    assert ours[30] == 0


def test_eigenvector_is_0_outside_of_the_leading_component_and_ties_share():
    smaller = nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(4))
    ours = eigenvector_centrality(edges_of(smaller), 10)
    torch.testing.assert_close(ours, torch.tensor([5**-0.5] * 5 + [0.0] * 5))
    equal = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    torch.testing.assert_close(
        eigenvector_centrality(edges_of(equal), 8), torch.full((8,), 8**-0.5)
    )


def test_eigenvector_settles_on_bipartite_graphs():
    star = torch.tensor([[0, 0, 0, 0], [1, 2, 3, 4]])
    expected = torch.tensor([2.0, 1, 1, 1, 1]) / 8**0.5
    torch.testing.assert_close(eigenvector_centrality(star, 5), expected)


@pytest.mark.parametrize("damping", [0.5, 0.85])
def test_pagerank_is_networkxs_also_with_dead_ends(graph, damping):
    for g in (graph, nx.gnp_random_graph(25, 0.08, seed=3, directed=True)):
        expected = nx.pagerank(g, alpha=damping, tol=1e-12)
        ours = pagerank_centrality(edges_of(g), len(g), damping=damping)
        torch.testing.assert_close(ours, torch.tensor(list(expected.values())).float())


def test_pagerank_without_teleport_converges_to_the_degree(graph):
    connected = edges_of(graph)
    ours = pagerank_centrality(connected, 31, teleport=False)[:30]
    degree = degree_centrality(connected, 31)[:30]
    torch.testing.assert_close(ours / ours.sum(), degree / degree.sum())
    true = pagerank_centrality(connected, 31)[:30]
    assert not torch.allclose(true / true.sum(), degree / degree.sum(), atol=1e-4)


@pytest.mark.parametrize("kind", CENTRALITIES)
def test_graphs_without_edges_or_nodes(kind):
    values = CENTRALITIES[kind](NONE, 4)
    assert values.shape == (4,)
    assert bool((values == values[0]).all())
    assert torch.isfinite(values).all()
    assert CENTRALITIES[kind](NONE, 0).shape == (0,)


@pytest.mark.parametrize("kind", CENTRALITIES)
def test_bad_edges(kind):
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\).*got 2"):
        CENTRALITIES[kind](torch.tensor([[0], [2]]), 2)
    with pytest.raises(TypeError, match="edge_index must be an integer tensor"):
        CENTRALITIES[kind](torch.zeros(2, 3), 2)


def test_bad_options():
    with pytest.raises(ValueError, match="damping must be a probability.*got 1.5"):
        pagerank_centrality(NONE, 2, damping=1.5)
    with pytest.raises(ValueError, match="max_iter must be at least 1, got 0"):
        eigenvector_centrality(NONE, 2, max_iter=0)
    with pytest.raises(ValueError, match="tol must be a finite number above 0, got 0"):
        pagerank_centrality(NONE, 2, tol=0)
