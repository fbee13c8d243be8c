import random

import networkx as nx
import numpy as np
import pytest
import torch

from gcl.functional import community_strength, detect_communities
from gcl.functional.communities import DETECTORS

NONE = torch.zeros(2, 0, dtype=torch.long)
every = pytest.mark.parametrize("method", DETECTORS)


def edges_of(graph):
    return torch.tensor(list(graph.to_directed().edges)).t()


@pytest.fixture(scope="module")
def cliques():
    """Four cliques of 8, 7, 6 and 5 nodes in a ring, and two nodes without edges."""
    graph, start = nx.Graph(), 0
    for size in (8, 7, 6, 5):
        graph.add_edges_from(nx.complete_graph(range(start, start + size)).edges)
        graph.add_edge(start, (start + size) % 26)
        start += size
    return edges_of(graph)


@every
def test_cliques_are_found_largest_first(cliques, method):
    expected = torch.arange(4).repeat_interleave(torch.tensor([8, 7, 6, 5])).tolist()
    found = detect_communities(cliques, 28, method=method).tolist()
    assert found[:26] == expected
    assert sorted(found[26:]) == [4, 5]


@every
def test_a_seed_repeats_and_leaves_the_global_state_alone(method):
    edge_index = edges_of(nx.connected_watts_strogatz_graph(60, 4, 0.3, seed=2))
    state, numpy_state = random.getstate(), np.random.get_state()[1].copy()
    first = detect_communities(edge_index, 60, method=method, seed=5)
    assert torch.equal(first, detect_communities(edge_index, 60, method=method, seed=5))
    assert state == random.getstate()
    assert (numpy_state == np.random.get_state()[1]).all()
    seeds = range(6)
    found = [detect_communities(edge_index, 60, method=method, seed=s) for s in seeds]
    assert any(not torch.equal(first, other) for other in found)


@every
def test_many_searches_with_one_seed_agree(method):
    """scikit-network's Leiden draws from the C library, whatever its random_state."""
    edge_index = edges_of(nx.karate_club_graph())
    found = [detect_communities(edge_index, 34, method=method).tolist() for _ in range(12)]
    assert all(other == found[0] for other in found)


@every
def test_direction_and_listing_do_not_matter(cliques, method):
    once = cliques[:, cliques[0] < cliques[1]]
    both = detect_communities(cliques, 26, method=method)
    assert torch.equal(both, detect_communities(once, 26, method=method))
    assert torch.equal(both, detect_communities(once.flip(0).int(), 26, method=method))


@every
def test_degenerate_graphs(method):
    assert detect_communities(NONE, 3, method=method).tolist() == [0, 1, 2]
    assert detect_communities(NONE, 0, method=method).tolist() == []
    loop = detect_communities(torch.tensor([[0], [0]]), 2, method=method)
    assert loop.tolist() == [0, 1]
    pair = detect_communities(torch.tensor([[0], [1]]), 3, method=method)
    assert pair[0] == pair[1] != pair[2]


def test_leiden_and_louvain_reach_the_modularity_of_networkx():
    graph = nx.karate_club_graph()
    edge_index = edges_of(graph)
    best = nx.community.louvain_communities(graph, weight=None, seed=0)
    for method in ("leiden", "louvain", "networkx"):
        found = detect_communities(edge_index, 34, method=method)
        assert modularity(edge_index, found) > nx.community.modularity(graph, best) - 0.05


def modularity(edge_index, community):
    """Sum of strengths, each community once."""
    strength = community_strength(edge_index, community)
    return sum(strength[community == c][0].item() for c in community.unique() if c >= 0)


@pytest.mark.parametrize("seed", range(4))
def test_strengths_add_up_to_networkxs_modularity(seed):
    graph = nx.gnp_random_graph(40, 0.15, seed=seed)
    edge_index = edges_of(graph)
    community = torch.randint(0, 6, (40,), generator=torch.Generator().manual_seed(seed))
    groups = [(community == c).nonzero().view(-1).tolist() for c in community.unique()]
    expected = nx.community.modularity(graph, groups)
    assert modularity(edge_index, community) == pytest.approx(expected, abs=1e-6)


def test_strength_of_each_community_by_the_formula():
    """Two triangles joined by an edge: m = 7, l = 3, D = 7 in either."""
    edges = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])
    community = torch.tensor([0, 0, 0, 2**40, 2**40, 2**40, -1])  # any numbers will do
    expected = torch.tensor([3 / 7 - 1 / 4] * 6 + [0.0])
    torch.testing.assert_close(community_strength(edges, community), expected)
    both = torch.cat([edges, edges.flip(0)], dim=1)
    torch.testing.assert_close(community_strength(both, community), expected)


def test_strength_without_edges_nodes_or_communities():
    assert community_strength(NONE, torch.tensor([0, 0, 1])).tolist() == [0, 0, 0]
    assert community_strength(NONE, torch.zeros(0, dtype=torch.long)).tolist() == []
    edges = torch.tensor([[0, 1], [1, 2]])
    assert community_strength(edges, torch.full((3,), -1)).tolist() == [0, 0, 0]


def test_bad_input():
    with pytest.raises(ValueError, match=r"method must be one of leiden.*did you mean leiden"):
        detect_communities(NONE, 2, method="liden")
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        detect_communities(NONE, 2, seed=-1)
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\).*got 2"):
        detect_communities(torch.tensor([[0], [2]]), 2)
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\).*got 2"):
        community_strength(torch.tensor([[0], [2]]), torch.tensor([0, 0]))
    with pytest.raises(ValueError, match="community must be -1.*got -2"):
        community_strength(NONE, torch.tensor([0, -2]))
    with pytest.raises(TypeError, match="community must hold integer"):
        community_strength(NONE, torch.tensor([0.0]))
