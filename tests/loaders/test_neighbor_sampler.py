import pytest
import torch
from torch_geometric.data import Data

from gcl.loaders import NeighborSampler


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def graph(directed_graph):
    return directed_graph


def reference(data, seeds, counts):
    """The neighbourhood by Python loops, for hops that take all neighbours."""
    source, target = data.edge_index.tolist()
    nodes, frontier, edges = list(seeds), list(seeds), []
    for _ in counts:
        fresh = []
        for node in frontier:
            for e in [e for e, t in enumerate(target) if t == node]:
                if source[e] not in nodes:
                    nodes.append(source[e])
                    fresh.append(source[e])
                edges.append(e)
        frontier = fresh
    return nodes, edges


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_all_neighbours_equal_a_loop_over_nodes(graph, hops):
    seeds = [7, 3, 11]
    got = NeighborSampler(graph, [-1] * hops)(torch.tensor(seeds))
    nodes, edges = reference(graph, seeds, [-1] * hops)
    assert got.n_id.tolist() == nodes
    assert got.e_id.tolist() == edges
    assert torch.equal(got.n_id[got.edge_index], graph.edge_index[:, got.e_id])
    assert sum(got.num_sampled_nodes) == len(nodes)
    assert sum(got.num_sampled_edges) == len(edges)


def test_draws_respect_counts_and_hops(graph):
    counts = [3, 2]
    for seed in range(20):
        got = NeighborSampler(graph, counts, generator=seeded(seed))(torch.tensor([5, 0]))
        degree = graph.edge_index[1].bincount(minlength=40)[got.n_id]
        taken = got.edge_index[1].bincount(minlength=len(got.n_id))
        first, second, _ = got.num_sampled_nodes
        assert torch.equal(taken[:first], degree[:first].clamp(max=3))
        assert torch.equal(taken[first:][:second], degree[first:][:second].clamp(max=2))
        assert not taken[first + second :].any()  # the last hop's nodes send and do not receive
        assert len(got.e_id.unique()) == len(got.e_id)
        assert torch.equal(got.n_id[got.edge_index], graph.edge_index[:, got.e_id])
        assert len(got.n_id.unique()) == len(got.n_id)


def test_edges_point_from_the_neighbour_to_the_seed():
    graph = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
    got = NeighborSampler(graph, [-1])(torch.tensor([1]))
    assert got.n_id.tolist() == [1, 0]
    assert got.edge_index.tolist() == [[1], [0]]


def test_with_replacement_edges_repeat():
    graph = Data(edge_index=torch.tensor([[1], [0]]), num_nodes=2)
    got = NeighborSampler(graph, [3], replace=True)(torch.tensor([0]))
    assert got.n_id.tolist() == [0, 1]
    assert got.e_id.tolist() == [0, 0, 0]


def test_bad_seeds(graph):
    with pytest.raises(ValueError, match=r"seeds must lie in \[0, 40\), the nodes given; got 40"):
        NeighborSampler(graph, [1])(torch.tensor([3, 40]))
    with pytest.raises(TypeError, match="seeds must be an integer tensor"):
        NeighborSampler(graph, [1])(torch.tensor([0.5]))


def test_repeated_seeds_are_an_error_and_leave_no_trace(graph):
    sampler = NeighborSampler(graph, [1])
    with pytest.raises(ValueError, match="seeds must be distinct"):
        sampler(torch.tensor([3, 3]))
    assert sampler(torch.tensor([3])).n_id[0] == 3
