"""Sums over the pairs of a graph: slow references, gradients, long and zero rows, bad input."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.functional.influence import influence
from gcl.functional.meta_nodes import meta_sums
from gcl.functional.positive_pairs import positive_pairs
from gcl.functional.positive_sums import log_positive_sums, positive_and_meta_sums

EDGES = torch.tensor([[0, 1, 2, 2, 3, 4, 0, 1], [1, 0, 1, 2, 3, 0, 4, 2]])


def slow_sums(u, gamma, t):
    rows = range(len(u))
    total = []
    for i in rows:
        terms = [
            float(gamma[i, j]) * math.exp(t * (0.0 if i == j else float(u[i] @ u[j])))
            for j in rows
            if gamma[i, j] > 0
        ]
        total.append(math.log(sum(terms)))
    return torch.tensor(total, dtype=torch.double)


def dense_sums(u, gamma, t):
    s = (u @ u.t()).fill_diagonal_(0.0)
    return (gamma * (t * s).exp()).sum(1).log()


def units(n=5, d=3):
    return normalize(torch.randn(n, d, dtype=torch.double))


@pytest.mark.parametrize("scale", [0.25, 1.0, 7.0])
def test_equals_the_slow_sums(scale):
    weight = torch.rand(8, dtype=torch.double) + 0.1
    gamma = torch.zeros(5, 5).double().index_put((EDGES[1], EDGES[0]), weight, accumulate=True)
    u = units()
    ours = log_positive_sums(u, positive_pairs(EDGES, 5, weight), scale=scale)
    torch.testing.assert_close(ours, slow_sums(u, gamma, scale))


def test_gradient():
    pairs = positive_pairs(EDGES, 5, torch.rand(8, dtype=torch.double) + 0.1)
    u = units().requires_grad_()
    assert torch.autograd.gradcheck(lambda u: log_positive_sums(u, pairs, scale=1.5), (u,))


@pytest.mark.parametrize("width", [10, 128])
def test_float32_is_near_the_dense_form_in_float64(width):
    edges, weight = influence(torch.randint(0, 200, (2, 500)), 200, 3, cumulative=True)
    gamma = torch.zeros(200, 200).double().index_put((edges[1], edges[0]), weight.double())
    z = torch.randn(200, width, dtype=torch.double, requires_grad=True)
    expected = dense_sums(normalize(z), gamma, 0.5)
    low = z.detach().float().requires_grad_()
    ours = log_positive_sums(low, positive_pairs(edges, 200, weight), scale=0.5)
    assert (ours - expected).abs().max() < 1e-5
    slope = torch.randn(200)
    (exact,) = torch.autograd.grad(expected, z, slope.double())
    (rough,) = torch.autograd.grad(ours, low, slope)
    assert (rough - exact).norm() < 1e-5 * exact.norm()


def test_a_large_scale_does_not_overflow():
    u = torch.ones(2, 1, requires_grad=True)
    sums = log_positive_sums(u, positive_pairs(torch.tensor([[0, 1], [1, 0]]), 2), scale=40.0)
    assert sums.tolist() == [40.0, 40.0]
    sums.sum().backward()
    assert torch.isfinite(u.grad).all()


def test_a_zero_row_has_similarity_zero():
    u = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    edges = torch.tensor([[0, 1], [1, 0]])
    assert log_positive_sums(u, positive_pairs(edges, 2), scale=3.0).abs().max() < 1e-5


def test_lengths_of_rows_do_not_matter():
    pairs, z = positive_pairs(EDGES, 5), torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    value = log_positive_sums(z, pairs, scale=1.5)
    torch.testing.assert_close(value, log_positive_sums(normalize(z), pairs, scale=1.5))
    assert torch.autograd.gradcheck(lambda z: log_positive_sums(z, pairs, scale=1.5), (z,))


def test_chunks_of_rows_do_not_change_the_gradient(monkeypatch):
    edges, weight = influence(torch.randint(0, 20, (2, 40)), 20, 2)
    pairs, z = positive_pairs(edges, 20, weight), torch.randn(20, 3, requires_grad=True)
    found = []
    for length in (20, 7, 1):
        for module in ("directions", "positive_sums"):
            name = f"gcl.functional.{module}.chunk_length"
            monkeypatch.setattr(name, lambda z, n=length: n)
        found.append(torch.autograd.grad(log_positive_sums(z, pairs, scale=1.0).sum(), z)[0])
    torch.testing.assert_close(found[1], found[0])
    torch.testing.assert_close(found[2], found[0])


def test_rows_of_a_length_whose_products_overflow():
    pairs = positive_pairs(EDGES, 5)
    z = torch.randn(5, 3, requires_grad=True)
    far = (z.detach() * 1e18).requires_grad_()
    found, expected = (log_positive_sums(x, pairs, scale=1.5) for x in (far, z))
    torch.testing.assert_close(found, expected)
    (g,), (expected,) = (
        torch.autograd.grad(value.sum(), x) for value, x in ((found, far), (expected, z))
    )
    torch.testing.assert_close(g * 1e18, expected)


def test_one_gradient_for_edges_and_clusters_is_that_of_both():
    pairs, cluster = positive_pairs(EDGES, 5), torch.tensor([1, -1, 0, 1, 1])
    z = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    sums, meta = positive_and_meta_sums(z, pairs, cluster, 3, scale=0.7)
    torch.testing.assert_close(sums, log_positive_sums(z, pairs, scale=0.7))
    torch.testing.assert_close(meta, meta_sums(z, cluster, 3))
    assert torch.autograd.gradcheck(
        lambda z: positive_and_meta_sums(z, pairs, cluster, 3, scale=0.7), (z,)
    )


def test_a_matrix_in_columns_order_is_taken():
    pairs, z = positive_pairs(EDGES, 5), torch.randn(3, 5).t().requires_grad_()
    torch.testing.assert_close(
        log_positive_sums(z, pairs, scale=1.0), log_positive_sums(z.contiguous(), pairs, scale=1.0)
    )


def test_one_preparation_serves_all_precisions():
    pairs = positive_pairs(EDGES, 5)
    u = units()
    high, low = (log_positive_sums(x, pairs, scale=1.0) for x in (u, u.float()))
    assert high.dtype == torch.double
    torch.testing.assert_close(low, high.float())


def test_rows_must_be_those_of_the_graph():
    with pytest.raises(ValueError, match=r"z must have 5 rows, one a node, got .*\[4, 3\]"):
        log_positive_sums(units(4), positive_pairs(EDGES, 5), scale=1.0)


@pytest.mark.parametrize("scale", [0.0, -1.0, 41.0, float("nan")])
def test_scale_out_of_range_is_an_error(scale):
    pairs = positive_pairs(torch.tensor([[0, 1], [1, 0]]), 2)
    with pytest.raises(ValueError, match="scale must be above 0 and at most 40, got"):
        log_positive_sums(torch.eye(2), pairs, scale=scale)


def test_the_largest_scale_keeps_the_most_dissimilar_pair():
    pairs = positive_pairs(torch.tensor([[0, 1], [1, 0]]), 2)
    found = log_positive_sums(torch.tensor([[1.0], [-1.0]]), pairs, scale=40.0)
    torch.testing.assert_close(found, torch.full((2,), -40.0))
