"""The references of PamC's benchmark compute what they stand for."""

import math

import pytest
import torch

from gcl.benchmark.pamc.inputs import rows_of, synthetic
from gcl.benchmark.pamc.references import (
    all_negatives,
    dense_all,
    dense_matrix,
    gathered_pam_c,
    streamed_all,
)
from gcl.functional.normalize import unit_rows
from gcl.functional.positive_pairs import positive_pairs
from gcl.losses import pam_c


@pytest.fixture(scope="module")
def inputs():
    return synthetic(60, 5)


def test_synthetic_graphs_keep_to_their_clusters(inputs):
    cluster = inputs.cluster
    assert torch.bincount(cluster).tolist() == [12] * 5
    i, j = inputs.edge_index
    assert (cluster[i] == cluster[j]).all()
    sums = torch.zeros(60).index_add(0, j, inputs.weight)
    torch.testing.assert_close(sums, torch.ones(60))


def test_rows_tighten_around_their_cluster(inputs):
    inside = []
    for spread in (1.0, 0.1):
        u = unit_rows(rows_of(inputs.cluster, 8, spread).detach())
        inside.append((u[0] @ u[1]).item())
    assert inside[1] > 0.95 > inside[0]


def test_dense_and_streamed_agree_in_value_and_gradient(inputs):
    z = rows_of(inputs.cluster, 8)
    gamma = dense_matrix(inputs.edge_index, inputs.weight, 60)
    pairs = positive_pairs(inputs.edge_index, 60, inputs.weight)
    dense, streamed = dense_all(z, gamma, 0.7), streamed_all(z, pairs, 0.7)
    torch.testing.assert_close(dense, streamed)
    ours, theirs = (torch.autograd.grad(loss, z)[0] for loss in (streamed, dense))
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)


def test_dense_form_is_the_formula():
    z = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    gamma = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    assert dense_all(z, gamma, 1.0).item() == pytest.approx(math.log(2))
    z[1] = torch.tensor([1.0, 0.0])
    e = math.e
    rows = [math.log((0.5 + 0.5 * e) / (1 + e)), math.log((0.75 + 0.25 * e) / (1 + e))]
    assert dense_all(z, gamma, 1.0).item() == pytest.approx(-sum(rows) / 2)


def test_gathered_form_is_pam_c(inputs):
    z = rows_of(inputs.cluster, 8)
    edges, weight = inputs.edge_index, inputs.weight
    gathered = gathered_pam_c(z, edges, weight, inputs.cluster, 0.7)
    ours = pam_c(z, edges, inputs.cluster, weight, order=None, scale=0.7)
    torch.testing.assert_close(ours, gathered)
    grads = [torch.autograd.grad(loss, z)[0] for loss in (ours, gathered)]
    torch.testing.assert_close(*grads, rtol=1e-3, atol=1e-6)


def test_all_negatives_count_the_row_itself_as_one():
    u = torch.eye(3)
    torch.testing.assert_close(all_negatives(u, 2.0), torch.full((3,), math.log(3)))
