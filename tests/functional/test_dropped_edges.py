import itertools

import pytest
import torch

from gcl.functional import gcn_adjacency
from gcl.functional.bounds import Bounds
from gcl.functional.dropped_edges import adjacency_bounds, most_lost

# Node 4 is isolated, node 0 has a self loop, 1-2 is joined twice.
EDGES = torch.tensor([[0, 1, 1, 2, 2, 3, 0, 0, 2, 1], [1, 0, 2, 1, 3, 2, 0, 3, 1, 2]])
N = 5


def dense(a):
    return a @ torch.eye(a.pattern.shape[1], dtype=torch.double)


def adjacency(edge_index):
    return gcn_adjacency(edge_index, N, dtype=torch.double)


def bounds_of(edge_index, lost):
    return adjacency_bounds(adjacency(edge_index).pattern, lost, torch.double)


def into(edge_index):
    """Number of edges into each node, without loops."""
    source, target = edge_index
    return torch.bincount(target[source != target], minlength=N)


def test_lost_edges_follow_the_formula():
    degree = into(EDGES)
    assert degree.tolist() == [1, 3, 3, 2, 0]
    for p in (0.0, 0.3, 0.5, 1.0):
        expected = [min(max(d + 1 - 2, 0), round(p * d)) for d in degree.tolist()]
        assert most_lost(EDGES, p, N).tolist() == expected


def test_probabilities_of_single_edges_are_summed_by_target():
    p = torch.tensor([0.9, 1.0, 0.2, 0.8, 0.4, 0.5, 1.0, 0.9, 0.7, 0.1])
    # Into node 1: 0.9 + 0.8 + 0.7; into 2: 0.2 + 0.5 + 0.1; into 3: 0.4 + 0.9. One edge stays.
    assert most_lost(EDGES, p, N).tolist() == [0, 2, 1, 1, 0]
    assert most_lost(EDGES, torch.full((10,), 0.3), N).tolist() == most_lost(EDGES, 0.3, N).tolist()


def test_every_admissible_dropping_lies_within_the_bounds():
    lost = most_lost(EDGES, 0.4, N)
    assert lost.tolist() == [0, 1, 1, 1, 0]
    bounds = bounds_of(EDGES, lost)
    upper, lower = dense(bounds.upper), torch.diag(bounds.lower.squeeze(1))
    seen = 0
    for kept in itertools.product((True, False), repeat=EDGES.size(1)):
        edge_index = EDGES[:, torch.tensor(kept)]
        if (into(EDGES) - into(edge_index) > lost).any():
            continue
        a = dense(adjacency(edge_index))
        assert (a <= upper + 1e-12).all()
        assert (a >= lower - 1e-12).all()
        seen += 1
    assert seen > 50
    torch.testing.assert_close(upper.diagonal(), 1 / (into(EDGES) + 1 - lost))


def test_bounds_of_a_product_are_those_of_the_entries():
    bounds = bounds_of(EDGES, most_lost(EDGES, 0.4, N))
    ends = torch.randn(2, N, 3, dtype=torch.double).sort(0).values
    bias = torch.randn(3, dtype=torch.double)
    upper, lower = dense(bounds.upper), torch.diag(bounds.lower.squeeze(1))
    corners = [a[:, :, None] * x[None] for a in (lower, upper) for x in ends]  # [N, N, 3]
    least, most = bounds.apply(Bounds(*ends), bias)
    torch.testing.assert_close(least, torch.stack(corners).amin(0).sum(1) + bias)
    torch.testing.assert_close(most, torch.stack(corners).amax(0).sum(1) + bias)


def test_without_loss_only_the_edges_are_uncertain():
    bounds = bounds_of(EDGES, torch.zeros(N))
    torch.testing.assert_close(dense(bounds.upper), dense(adjacency(EDGES)))


@pytest.mark.parametrize("columns", [None, [0, 1, 2, 3], [1, 2]])
def test_a_part_gives_the_rows_of_the_whole(columns):
    bounds = bounds_of(EDGES, most_lost(EDGES, 0.4, N))
    rows = torch.tensor([2, 1])
    ends = torch.randn(2, N, 3, dtype=torch.double).sort(0).values
    x = Bounds(*ends)
    if columns is not None:
        columns = torch.tensor(columns)
        outside = torch.ones(N, 1).double()
        outside[columns] = 0
        x = Bounds(*(end * (1 - outside) for end in ends))
    part = bounds.restrict(rows, columns)
    small = x if columns is None else Bounds(*(end[columns] for end in x))
    for ours, whole in zip(part.apply(small), bounds.apply(x), strict=True):
        torch.testing.assert_close(ours, whole[rows])


@pytest.mark.parametrize(
    ("p", "error", "message"),
    [
        (1.5, ValueError, r"p must be a probability in \[0, 1\], got 1.5"),
        (torch.rand(3), ValueError, r"p must be a number or have shape \[10\]"),
        (torch.full((10,), torch.nan), ValueError, "got nan"),
        ("half", TypeError, "p must be a number, got 'half'"),
    ],
)
def test_bad_probabilities(p, error, message):
    with pytest.raises(error, match=message):
        most_lost(EDGES, p, N)
