import pytest
import torch

from gcl.functional.hard_clusters import equal_clusters, mutual_hard_pairs


def reference(z, skip, keep, edges=()):
    """Pairs by sorting every row."""
    z = torch.nn.functional.normalize(z.double())
    s = z @ z.t()
    hard = []
    for i in range(len(z)):
        ranked = [j for j in s[i].argsort(descending=True).tolist() if j != i]
        hard.append(set(ranked[skip : skip + keep]))
    joined = {(i, j) for i in range(len(z)) for j in hard[i] if i in hard[j]}
    return joined - set(edges) - {(j, i) for i, j in edges}


@pytest.mark.parametrize(("skip", "keep"), [(0, 1), (2, 5), (5, 100), (19, 3), (0, 19)])
def test_equals_sorting_every_row(skip, keep):
    z = torch.randn(20, 6)
    found = mutual_hard_pairs(z, skip=skip, keep=keep).t().tolist()
    assert {tuple(pair) for pair in found} == reference(z, skip, keep)
    assert len(found) == len(reference(z, skip, keep))


def test_neighbours_are_no_negatives_in_either_direction():
    z, edges = torch.randn(15, 4), torch.tensor([[0, 3, 7], [1, 0, 7]])
    found = mutual_hard_pairs(z, skip=0, keep=14, edge_index=edges).t().tolist()
    assert {tuple(pair) for pair in found} == reference(z, 0, 14, [(0, 1), (3, 0)])


def test_pairs_are_symmetric():
    pairs = mutual_hard_pairs(torch.randn(30, 5), skip=3, keep=8)
    codes = pairs[0] * 30 + pairs[1]
    mirror = pairs[1] * 30 + pairs[0]
    assert torch.equal(codes.sort().values, mirror.sort().values)


@pytest.mark.parametrize("method", ["metis", "communities"])
def test_planted_clusters_are_found(method):
    nodes = torch.randperm(48).view(6, 8)
    block = torch.cartesian_prod(torch.arange(8), torch.arange(8)).t()
    block = block[:, block[0] != block[1]]
    edges = torch.cat([group[block] for group in nodes], dim=1)
    order = equal_clusters(edges, 48, 8, method=method)
    found = {frozenset(c.tolist()) for c in order.split(8)}
    assert found == {frozenset(group.tolist()) for group in nodes}


@pytest.mark.parametrize("method", ["metis", "communities"])
@pytest.mark.parametrize(("num_nodes", "size"), [(50, 7), (50, 1), (50, 50), (49, 7), (5, 4)])
def test_every_node_once_also_in_graphs_that_resist(method, num_nodes, size):
    star = torch.stack([torch.zeros(num_nodes - 1, dtype=torch.long), torch.arange(1, num_nodes)])
    for edges in (star, star[:, :0]):
        edges = torch.cat([edges, edges.flip(0)], dim=1)
        order = equal_clusters(edges, num_nodes, size, method=method)
        assert order.sort().values.tolist() == list(range(num_nodes))


def test_bad_input():
    with pytest.raises(ValueError, match="cluster_size must be at most 4, got 5"):
        equal_clusters(torch.empty(2, 0, dtype=torch.long), 4, 5)
    with pytest.raises(ValueError, match="skip must be at least 0, got -1"):
        mutual_hard_pairs(torch.randn(4, 2), skip=-1)
    with pytest.raises(ValueError, match="keep must be at least 1, got 0"):
        mutual_hard_pairs(torch.randn(4, 2), keep=0)
    with pytest.raises(ValueError, match="z must be finite"):
        mutual_hard_pairs(torch.full((4, 2), torch.nan))
