"""Meta-nodes: sums, sizes and negatives on tiny clusters, soft and hard, torch_scatter."""

import math
import os

import pytest
import torch
from torch.nn.functional import normalize, one_hot

from gcl.functional.meta_nodes import (
    cluster_shares,
    log_meta_negatives,
    meta_sizes,
    meta_sums,
    own_similarity,
    share_rows,
)

CLUSTER = torch.tensor([0, 2, 0, -1, 2, 2])  # cluster 1 is empty, node 3 has none


@pytest.fixture
def x():
    return torch.randn(6, 4, dtype=torch.double)


def test_sums_and_sizes(x):
    expected = torch.stack([x[0] + x[2], torch.zeros(4).double(), x[1] + x[4] + x[5]])
    torch.testing.assert_close(meta_sums(x, CLUSTER, 3), expected)
    assert meta_sizes(CLUSTER, 3).tolist() == [2, 0, 3]


def test_soft_sums_of_hard_shares_are_the_hard_ones(x):
    cluster = CLUSTER.clamp(min=0)
    shares = one_hot(cluster, 3).double()
    torch.testing.assert_close(meta_sums(x, shares, 3), meta_sums(x, cluster, 3))
    size = meta_sizes(cluster, 3, torch.double)
    torch.testing.assert_close(meta_sizes(shares, 3, torch.double), size)
    torch.testing.assert_close(own_similarity(x, shares, size), own_similarity(x, cluster, size))
    value = torch.randn(3, dtype=torch.double)
    torch.testing.assert_close(share_rows(value, shares), share_rows(value, cluster))


def test_gradients_reach_rows_and_shares(x):
    shares = torch.rand(6, 3, dtype=torch.double).softmax(1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, q: meta_sums(x, q, 3), (x.requires_grad_(), shares))
    assert torch.autograd.gradcheck(lambda x: meta_sums(x, CLUSTER, 3), (x,))


def test_sums_equal_those_of_torch_scatter(x):
    if os.environ.get("GCL_REQUIRE_SCATTER"):
        import torch_scatter
    else:
        torch_scatter = pytest.importorskip("torch_scatter")
    cluster = CLUSTER.clamp(min=0)
    x.requires_grad_()
    ours, theirs = meta_sums(x, cluster, 3), torch_scatter.scatter_add(x, cluster, 0, dim_size=3)
    torch.testing.assert_close(ours, theirs)
    slope = torch.randn(3, 4, dtype=torch.double)
    torch.testing.assert_close(*(torch.autograd.grad(y, x, slope) for y in (ours, theirs)))
    order = cluster.sort(stable=True).indices
    start = torch.nn.functional.pad(meta_sizes(cluster, 3).cumsum(0).long(), (1, 0))
    torch.testing.assert_close(torch_scatter.segment_csr(x[order], start, reduce="sum"), ours)


def test_own_similarity_is_the_mean_over_pairs(x):
    found = own_similarity(x, CLUSTER, meta_sizes(CLUSTER, 3, torch.double))
    u = normalize(x)
    first = 2 * float(u[0] @ u[2]) / 4
    third = 2 * float(u[1] @ u[4] + u[1] @ u[5] + u[4] @ u[5]) / 9
    torch.testing.assert_close(found, torch.tensor([first, 0.0, third], dtype=torch.double))


def test_own_similarity_of_equal_rows_nears_one():
    cluster = torch.arange(200) // 100
    found = own_similarity(torch.ones(200, 3), cluster, meta_sizes(cluster, 2))
    torch.testing.assert_close(found, torch.full((2,), 0.99))


def test_own_similarity_ignores_zero_rows():
    x = torch.zeros(3, 2, requires_grad=True)
    cluster = torch.tensor([0, 0, 1])
    found = own_similarity(x, cluster, meta_sizes(cluster, 2))
    assert found.tolist() == [0, 0]
    found.sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("size_weighted", [False, True])
def test_negatives_leave_empty_clusters_out(x, size_weighted):
    m, size = meta_sums(x, CLUSTER, 3), meta_sizes(CLUSTER, 3, torch.double)
    logs = log_meta_negatives(m, size, scale=2.0, size_weighted=size_weighted)
    cosine = float(normalize(m)[0] @ normalize(m)[2])
    first, third = (2, 3) if size_weighted else (1, 1)
    assert logs[0].item() == pytest.approx(math.log(first + third * math.exp(2 * cosine)))
    assert logs[2].item() == pytest.approx(math.log(third + first * math.exp(2 * cosine)))


def test_own_term_of_the_negatives():
    m, size = torch.eye(2).double(), torch.ones(2).double()
    own = torch.tensor([0.5, -0.25], dtype=torch.double)
    logs = log_meta_negatives(m, size, scale=2.0, own=own)
    expected = [math.log(1 + math.exp(1.0)), math.log(1 + math.exp(-0.5))]
    assert logs.tolist() == pytest.approx(expected)


def test_a_large_scale_does_not_overflow():
    m = torch.ones(2, 1, requires_grad=True)
    logs = log_meta_negatives(m, torch.ones(2), scale=1000.0)
    assert logs.tolist() == [1000.0, 1000.0]


def test_shares_turn_a_mean_of_rows_into_one_of_clusters():
    size, value = meta_sizes(CLUSTER, 3), torch.tensor([5.0, 100.0, 2.0])
    alike = share_rows(cluster_shares(size, 6) * value, CLUSTER).mean()
    sized = share_rows(cluster_shares(size, 6, size_weighted=True) * value, CLUSTER).mean()
    assert alike.item() == pytest.approx((5 + 2) / 2)
    assert sized.item() == pytest.approx((2 * 5 + 3 * 2) / 5)
