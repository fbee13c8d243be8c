import networkx as nx
import pytest
import torch
from torch_geometric.utils import from_networkx

from gcl.functional.neighbors import (
    cyclic_neighbors,
    mean_rows,
    products_at,
    reached,
    self_and_neighbors,
)

PATH = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])  # 0-1-2-3, node 4 isolated


def rows_of(pattern, n):
    return [pattern.column[pattern.row == i].tolist() for i in range(n)]


def test_lists_hold_every_node_and_its_neighbours_once():
    expected = [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3], [4]]
    assert rows_of(self_and_neighbors(PATH, 5), 5) == expected
    messy = torch.cat([PATH, PATH[:, :2], torch.tensor([[2], [2]])], dim=1)
    assert rows_of(self_and_neighbors(messy, 5), 5) == expected


def test_edges_are_listed_where_they_arrive():
    assert rows_of(self_and_neighbors(torch.tensor([[0], [2]]), 3), 3) == [[0], [1], [0, 2]]


def test_places_wrap_round():
    pattern = self_and_neighbors(PATH, 5)
    found = cyclic_neighbors(pattern, torch.tensor([0, 1, 2, 7]))
    lists = rows_of(pattern, 5)
    assert found.tolist() == [[own[k % len(own)] for k in (0, 1, 2, 7)] for own in lists]


def test_mean_equals_gathered_rows():
    x, index = torch.randn(6, 3).double().requires_grad_(), torch.randint(6, (4, 5))
    torch.testing.assert_close(mean_rows(x, index), x[index].mean(1))
    assert torch.autograd.gradcheck(lambda x: mean_rows(x, index), x)


def test_products_equal_those_of_gathered_rows():
    a, b = (torch.randn(n, 3).double().requires_grad_() for n in (7, 5))
    index, grad = torch.randint(5, (7, 4)), torch.randn(7, 4).double()
    ours, slow = products_at(a, b, index), (a[:, None] * b[index]).sum(2)
    torch.testing.assert_close(ours, slow)
    grads = [torch.autograd.grad(value, (a, b), grad) for value in (ours, slow)]
    torch.testing.assert_close(*grads)


def test_products_of_one_matrix_with_itself():
    x, index = torch.randn(6, 3).double().requires_grad_(), torch.randint(6, (6, 9))
    assert torch.autograd.gradcheck(lambda x: products_at(x, x, index), x)


@pytest.mark.parametrize("hops", [0, 1, 2, 5])
def test_reach_equals_shortest_paths(hops):
    graph = nx.gnm_random_graph(40, 45, seed=3)
    edge_index, seeds = from_networkx(graph).edge_index, [0, 7]
    lengths = [nx.single_source_shortest_path_length(graph, s, cutoff=hops) for s in seeds]
    expected = torch.tensor([any(v in found for found in lengths) for v in range(40)])
    assert torch.equal(reached(edge_index, 40, torch.tensor(seeds), hops), expected)


def test_reach_ignores_directions():
    one_way = torch.tensor([[0, 1], [1, 2]])
    assert reached(one_way, 4, torch.tensor([2]), 2).tolist() == [True, True, True, False]


def test_bad_seeds_are_named():
    with pytest.raises(ValueError, match=r"seeds must lie in \[0, 5\)"):
        reached(PATH, 5, torch.tensor([5]), 1)
    with pytest.raises(ValueError, match="num_hops must be at least 0, got -1"):
        reached(PATH, 5, torch.tensor([0]), -1)
