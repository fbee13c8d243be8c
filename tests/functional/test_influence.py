"""The influence matrix: powers of the walk on tiny graphs, dense references, bad input."""

import math

import pytest
import torch

from gcl.functional import influence

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def dense(edge_index, weight, n):
    gamma = torch.zeros(n, n, dtype=weight.dtype)
    return gamma.index_put((edge_index[1], edge_index[0]), weight, accumulate=True)


def slow_influence(edge_index, n, order, cumulative, weight=None, symmetric=True):
    a = torch.zeros(n, n, dtype=torch.double)
    weight = [1.0] * edge_index.size(1) if weight is None else weight.tolist()
    for (s, t), w in zip(edge_index.t().tolist(), weight, strict=True):
        a[t, s] += w
    if symmetric:
        a = torch.maximum(a, a.t())
    for i in range(n):
        a[i, i] = a[i, i] if a[i, i] else 1.0
    walk = a / a.sum(1, keepdim=True)
    powers = [torch.linalg.matrix_power(walk, k) for k in range(1, order + 1)]
    return sum(powers) if cumulative else powers[-1]


def test_one_step_of_a_path():
    edges, weight = influence(PATH, 3)
    assert edges.tolist() == [[0, 1, 0, 1, 2, 1, 2], [0, 0, 1, 1, 1, 2, 2]]
    third = 1 / 3
    assert torch.allclose(weight, torch.tensor([0.5, 0.5, third, third, third, 0.5, 0.5]))


@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_dense_powers(order, cumulative, symmetric, weighted):
    edge_index = torch.randint(0, 9, (2, 14))
    edge_weight = torch.rand(14, dtype=torch.double) if weighted else None
    edges, weight = influence(
        edge_index,
        9,
        order,
        cumulative=cumulative,
        edge_weight=edge_weight,
        symmetric=symmetric,
    )
    expected = slow_influence(edge_index, 9, order, cumulative, edge_weight, symmetric)
    torch.testing.assert_close(dense(edges, weight.double(), 9), expected, rtol=1e-6, atol=1e-7)
    assert weight.dtype == (torch.double if weighted else torch.float)
    assert (weight > 0).all()


def test_rows_are_distributions_and_cumulative_rows_sum_to_the_order():
    edge_index = torch.randint(0, 50, (2, 90))
    for cumulative, total in ((False, 1.0), (True, 3.0)):
        edges, weight = influence(edge_index, 50, 3, cumulative=cumulative)
        sums = torch.zeros(50).index_add(0, edges[1], weight)
        torch.testing.assert_close(sums, torch.full((50,), total))


def test_only_edges_into_a_node_count_in_a_directed_graph():
    edges, _ = influence(torch.tensor([[0], [1]]), 2, symmetric=False)
    assert edges.tolist() == [[0, 0, 1], [0, 1, 1]]


def test_isolated_nodes_influence_themselves_and_loops_keep_their_weight():
    edges, weight = influence(torch.tensor([[0, 0], [0, 1]]), 3, edge_weight=torch.tensor([3.0, 1]))
    assert edges.tolist() == [[0, 1, 0, 1, 2], [0, 0, 1, 1, 2]]
    assert weight.tolist() == [0.75, 0.25, 0.5, 0.5, 1.0]


def test_influence_does_not_leave_a_component():
    edges, _ = influence(torch.tensor([[0, 2], [1, 3]]), 4, 6, cumulative=True)
    assert ((edges[0] < 2) == (edges[1] < 2)).all()


def test_graphs_without_edges_and_without_nodes():
    edges, weight = influence(torch.empty(2, 0, dtype=torch.long), 2, 3)
    assert edges.tolist() == [[0, 1], [0, 1]]
    assert weight.tolist() == [1.0, 1.0]
    edges, weight = influence(torch.empty(2, 0, dtype=torch.long), 0)
    assert edges.shape == (2, 0)
    assert weight.shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((PATH, 2), ValueError, r"edge_index must lie in \[0, 2\).* got 2"),
        ((PATH.float(), 3), TypeError, "edge_index must be an integer tensor"),
        ((PATH, 3, 0), ValueError, "order must be at least 1, got 0"),
        ((PATH, 3, 1.5), TypeError, "order must be an integer, got 1.5"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        influence(*arguments)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"cumulative": 1}, TypeError, "cumulative must be True or False, got 1"),
        ({"symmetric": None}, TypeError, "symmetric must be True or False, got None"),
        ({"edge_weight": torch.ones(3)}, ValueError, r"edge_weight must have shape \[4\]"),
        ({"edge_weight": torch.ones(4).long()}, TypeError, "edge_weight must be a floating-point"),
        ({"edge_weight": -torch.ones(4)}, ValueError, "edge_weight must be .* 0 or above, got -1"),
        ({"edge_weight": torch.full((4,), math.nan)}, ValueError, "edge_weight must .* got nan"),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        influence(PATH, 3, **options)
