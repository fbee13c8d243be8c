import itertools

import networkx as nx
import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.utils import k_hop_subgraph

from gcl.functional import ego_subgraph, walk_subgraph
from gcl.functional.subgraphs import random_walks

CYCLE = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
STAR = torch.tensor([[0, 0, 0, 0, 0, 5], [1, 2, 3, 1, 5, 4]])  # 0 -> 1 twice; 5 -> 4


def test_walks_follow_edges_and_stay_where_there_are_none():
    walks = random_walks(STAR, 7, torch.tensor([0, 5, 6, 1]), 3)
    edges = {*map(tuple, STAR.t().tolist())}
    assert walks[:, 0].tolist() == [0, 5, 6, 1]
    for walk in walks.tolist():
        for here, there in itertools.pairwise(walk):
            assert (here, there) in edges or (here == there and here in (1, 2, 3, 4, 6))
    assert walks[1].tolist() == [5, 4, 4, 4]
    assert random_walks(CYCLE, 4, torch.tensor([2]), 5).tolist() == [[2, 3, 0, 1, 2, 3]]


def test_edges_are_equally_likely():
    walks = random_walks(STAR, 7, torch.zeros(10_000, dtype=torch.long), 1)
    share = walks[:, 1].bincount(minlength=6) / 10_000
    assert share.tolist() == pytest.approx([0, 0.4, 0.2, 0.2, 0, 0.2], abs=0.02)


def test_walk_subgraph_keeps_what_was_visited_and_all_edges_among_it():
    edge_index, nodes, edges = walk_subgraph(CYCLE, 4, [3], length=2)
    assert nodes.tolist() == [True, True, False, True]
    assert edges.tolist() == [True, False, False, True]
    assert edge_index.tolist() == [[0, 2], [1, 0]]
    assert walk_subgraph(CYCLE, 4, [3], length=9)[1].all()
    assert walk_subgraph(CYCLE, 4, [3, 1], length=0)[1].tolist() == [False, True, False, True]


@pytest.mark.parametrize("num_hops", [0, 1, 2, 5])
def test_ego_subgraph_is_pygs(num_hops):
    edge_index = torch.randint(40, (2, 70))
    ours, nodes, edges = ego_subgraph(edge_index, 40, [7, 3], num_hops=num_hops)
    subset, theirs, _, mask = k_hop_subgraph([7, 3], num_hops, edge_index, True, 40)
    assert torch.equal(nodes.nonzero().view(-1), subset)
    assert torch.equal(edges, mask)
    assert torch.equal(ours, theirs)


def test_ego_subgraph_is_networkxs_on_undirected_graphs():
    graph = nx.karate_club_graph()
    edge_index = torch.tensor(list(graph.edges)).t()
    both = torch.cat([edge_index, edge_index.flip(0)], dim=1)
    nodes = ego_subgraph(both, 34, [16], num_hops=2)[1]
    assert set(nodes.nonzero().view(-1).tolist()) == set(nx.ego_graph(graph, 16, radius=2))


@pytest.mark.parametrize("function", [walk_subgraph, ego_subgraph])
class TestBoth:
    def test_random_seeds_are_kept_and_repeat(self, function):
        runs = [
            function(CYCLE, 4, 2, generator=torch.Generator().manual_seed(5))[1] for _ in range(2)
        ]
        assert torch.equal(*runs)
        assert runs[0].sum() >= 2

    def test_empty_graphs(self, function):
        none = torch.empty(2, 0, dtype=torch.long)
        assert function(none, 0)[1].shape == (0,)
        assert function(none, 5, 2)[1].sum() == 2

    def test_sort_order_of_an_edge_index_survives(self, function):
        ordered = EdgeIndex(CYCLE, sparse_size=(4, 4), sort_order="row")
        out = function(ordered, 4, [0, 1])[0]
        assert isinstance(out, EdgeIndex)
        assert out.sort_order == "row"
        out.validate()

    def test_bad_input_is_named(self, function):
        with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 3\)"):
            function(CYCLE, 3)
        name = "length" if function is walk_subgraph else "num_hops"
        with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
            function(CYCLE, 4, **{name: -1})
