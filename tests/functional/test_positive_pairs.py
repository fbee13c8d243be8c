"""Pairs of a graph: order and parallel edges, loops, bad graphs."""

import math

import pytest
import torch

from gcl.functional.positive_pairs import positive_pairs

EDGES = torch.tensor([[0, 1, 2, 2, 3, 4, 0, 1], [1, 0, 1, 2, 3, 0, 4, 2]])


def dense(pairs):
    out = torch.diag(pairs.own)
    out[pairs.pattern.row, pairs.pattern.column] = pairs.forth
    out[pairs.pattern.column, pairs.pattern.row] = pairs.back
    return out


def test_pairs_hold_the_weights_of_both_directions_and_of_loops():
    weight = torch.rand(8, dtype=torch.double)
    gamma = torch.zeros(5, 5).double().index_put((EDGES[1], EDGES[0]), weight, accumulate=True)
    torch.testing.assert_close(dense(positive_pairs(EDGES, 5, weight)), gamma)


def test_order_of_edges_and_parallel_edges_do_not_matter():
    weight, order = torch.rand(8, dtype=torch.double), torch.randperm(8)
    first = dense(positive_pairs(EDGES, 5, weight))
    halves = positive_pairs(EDGES.repeat(1, 2), 5, weight.repeat(2) / 2)
    torch.testing.assert_close(dense(positive_pairs(EDGES[:, order], 5, weight[order])), first)
    torch.testing.assert_close(dense(halves), first)


@pytest.mark.parametrize(
    ("edges", "weight", "error", "message"),
    [
        (EDGES[:, :2], None, ValueError, r"edge_index must lead to every node.*to node 2"),
        (EDGES, torch.zeros(8), ValueError, "no edge of a weight above 0 to node 0"),
        (EDGES, torch.ones(3), ValueError, r"edge_weight must have shape \[8\].*\[3\]"),
        (EDGES, torch.ones(8).long(), TypeError, "edge_weight must be a floating-point.*int64"),
        (EDGES, -torch.ones(8), ValueError, "edge_weight must be finite, 0 or above, got -1"),
        (EDGES, torch.full((8,), math.inf), ValueError, "edge_weight must be finite.*got inf"),
        (EDGES + 1, None, ValueError, r"edge_index must lie in \[0, 5\).*got 5"),
        (EDGES.float(), None, TypeError, "edge_index must be an integer tensor"),
    ],
)
def test_bad_graphs_are_named(edges, weight, error, message):
    with pytest.raises(error, match=message):
        positive_pairs(edges, 5, weight)
