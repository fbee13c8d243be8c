import pytest
import torch
from torch_geometric.utils import stochastic_blockmodel_graph

from gcl.functional import partition
from gcl.functional.partition import METHODS, partition_graph, undirected

every = pytest.mark.parametrize("method", METHODS)


def blocks(count=4, size=25):
    torch.manual_seed(0)
    p = torch.full((count, count), 0.01) + 0.3 * torch.eye(count)
    return stochastic_blockmodel_graph([size] * count, p)


@every
def test_planted_blocks_are_the_parts(method):
    order = torch.randperm(100)
    part = partition_graph(order[blocks()], 100, 4, method=method)
    part = part[order].view(4, 25)
    assert (part == part.mode(dim=1, keepdim=True).values).float().mean() > 0.95
    assert len(part.mode(dim=1).values.unique()) == 4


@every
@pytest.mark.parametrize("num_parts", [1, 3, 7])
def test_parts_are_balanced(method, num_parts):
    sizes = partition_graph(blocks(), 100, num_parts, method=method).bincount()
    assert len(sizes) == num_parts
    slack = 0 if method == "communities" else 2
    assert sizes.max() - sizes.min() <= 1 + 2 * slack


@every
def test_same_seed_same_parts(method):
    first, second = (partition_graph(blocks(), 100, 5, method=method, seed=7) for _ in range(2))
    assert torch.equal(first, second)


@every
def test_direction_loops_and_parallel_edges_do_not_matter(method):
    edges = blocks()
    half = edges[:, edges[0] < edges[1]]
    loops = torch.arange(100).expand(2, -1)
    many = torch.cat([half, half, half.flip(0), loops], dim=1)
    a, b = undirected(half, 100), undirected(many, 100)
    assert (a != b).nnz == 0
    sizes = partition_graph(many, 100, 4, method=method).bincount()
    assert sizes.tolist() == pytest.approx([25] * 4, abs=3)


@every
def test_graphs_without_edges_and_one_node_each(method):
    none = torch.empty(2, 0, dtype=torch.long)
    assert partition_graph(none, 6, 3, method=method).bincount().tolist() == [2, 2, 2]
    assert partition_graph(none, 1, 1, method=method).tolist() == [0]


def test_three_hundred_parallel_edges_stay_one():
    edges = torch.tensor([[0], [1]]).repeat(1, 300)
    assert undirected(edges, 2).nnz == 2


def test_bad_input():
    edges = torch.tensor([[0, 1], [1, 2]])
    with pytest.raises(ValueError, match="method must be one of metis, communities; got 'mets'"):
        partition_graph(edges, 3, 2, method="mets")
    with pytest.raises(ValueError, match="num_parts must be at most 3, one node each, got 4"):
        partition_graph(edges, 3, 4)
    with pytest.raises(ValueError, match="num_parts must be at least 1, got 0"):
        partition_graph(edges, 3, 0)
    with pytest.raises(ValueError, match=r"must lie in \[0, 2\)"):
        partition_graph(edges, 2, 2)


def test_of_many_edges_metis_reads_a_sample(monkeypatch):
    edges = blocks(2, 50)
    monkeypatch.setattr(partition, "_MOST_EDGES", edges.size(1) // 2)
    sample = partition._sample(edges, 0)
    assert sample.size(1) == pytest.approx(edges.size(1) / 2, rel=0.15)
    part = partition_graph(edges, 100, 2).view(2, 50)
    assert (part == part.mode(dim=1, keepdim=True).values).float().mean() > 0.95
