import math

import pytest
import torch

from gcl.functional import (
    adaptive_edge_probability,
    adaptive_feature_probability,
    degree_centrality,
    eigenvector_centrality,
)

EDGES = torch.randint(0, 20, (2, 70), generator=torch.Generator().manual_seed(0))


def by_the_formula(scores, p, cap):
    """min(p (max - s) / (max - mean), cap), entry by entry."""
    top, mean = max(scores), sum(scores) / len(scores)
    return torch.tensor([min(p * (top - s) / (top - mean), cap) for s in scores])


@pytest.mark.parametrize("find", [degree_centrality, eigenvector_centrality])
@pytest.mark.parametrize(("p", "cap"), [(0.2, 1.0), (0.5, 0.7)])
def test_edges_follow_the_formula_of_their_targets(find, p, cap):
    centrality = find(EDGES, 20)
    scores = [math.log(centrality[v].item() + 1e-8) for v in EDGES[1].tolist()]
    ours = adaptive_edge_probability(EDGES, centrality, p, max_p=cap)
    torch.testing.assert_close(ours, by_the_formula(scores, p, cap))


def test_undirected_edges_follow_the_mean_of_their_ends():
    both = torch.cat([EDGES, EDGES.flip(0)], dim=1)
    centrality = degree_centrality(EDGES, 20)
    means = [(centrality[u] + centrality[v]).item() / 2 for u, v in both.t().tolist()]
    scores = [math.log(m + 1e-8) for m in means]
    ours = adaptive_edge_probability(both, centrality, 0.3, max_p=1.0, undirected=True)
    torch.testing.assert_close(ours, by_the_formula(scores, 0.3, 1.0))
    assert torch.equal(ours[:70], ours[70:])


@pytest.mark.parametrize("binary", [True, False])
def test_features_follow_the_formula(binary):
    x = torch.rand(20, 9) * (torch.rand(20, 9) < 0.4)
    x[0] = 1
    centrality = degree_centrality(EDGES, 20)
    sizes = (x > 0).float() if binary else x
    scores = [
        math.log(sum(v * c for v, c in zip(column, centrality.tolist(), strict=True)))
        for column in sizes.t().tolist()
    ]
    ours = adaptive_feature_probability(x, centrality, 0.3, max_p=1.0, binary=binary)
    torch.testing.assert_close(ours, by_the_formula(scores, 0.3, 1.0))
    assert ours.mean().item() == pytest.approx(0.3, abs=1e-5)


def test_unused_columns_leave_the_others_alone():
    """In the released code, log 0 makes every probability NaN."""
    x = torch.rand(20, 9)
    x[:, 1:] *= torch.rand(20, 8) < 0.3
    centrality = degree_centrality(EDGES, 20)
    alone = adaptive_feature_probability(x, centrality, 0.3)
    wide = torch.cat([torch.zeros(20, 1), x, torch.zeros(20, 2)], dim=1)
    ours = adaptive_feature_probability(wide, centrality, 0.3)
    torch.testing.assert_close(ours[1:10], alone)
    assert ours[[0, 10, 11]].tolist() == [alone.max()] * 3


def test_equal_scores_get_the_rate_and_the_cap():
    ring = torch.stack([torch.arange(5), (torch.arange(5) + 1) % 5])
    centrality = degree_centrality(ring, 5)
    assert adaptive_edge_probability(ring, centrality, 0.25).tolist() == [0.25] * 5
    assert adaptive_edge_probability(ring, centrality, 1.0).tolist() == pytest.approx([0.7] * 5)
    x = torch.ones(5, 3)
    assert adaptive_feature_probability(x, centrality, 0.25).tolist() == [0.25] * 3
    none = adaptive_feature_probability(torch.zeros(5, 3), centrality, 0.25)
    assert none.tolist() == [0.25] * 3


def test_graphs_without_edges_nodes_or_columns():
    none, nothing = torch.zeros(2, 0, dtype=torch.long), torch.zeros(0)
    assert adaptive_edge_probability(none, torch.zeros(3)).shape == (0,)
    assert adaptive_edge_probability(none, nothing).shape == (0,)
    assert adaptive_feature_probability(torch.ones(0, 4), nothing, 0.5).tolist() == [0.5] * 4
    assert adaptive_feature_probability(torch.ones(3, 0), torch.ones(3)).shape == (0,)
    isolated = adaptive_feature_probability(torch.rand(3, 4), torch.zeros(3), 0.2)
    torch.testing.assert_close(isolated, torch.full((4,), 0.2))


def test_bad_input():
    with pytest.raises(ValueError, match="centrality must be 0 or above, got -1"):
        adaptive_edge_probability(EDGES, torch.arange(20.0) - 1)
    with pytest.raises(ValueError, match="centrality must be finite, got nan at row 3"):
        adaptive_edge_probability(EDGES, torch.ones(20).index_fill(0, torch.tensor(3), torch.nan))
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 5\)"):
        adaptive_edge_probability(EDGES, torch.ones(5))
    with pytest.raises(ValueError, match=r"centrality must have shape \[3\]"):
        adaptive_feature_probability(torch.ones(3, 2), torch.ones(4))
    with pytest.raises(ValueError, match=r"max_p must be a probability.*got 1\.5"):
        adaptive_feature_probability(torch.ones(3, 2), torch.ones(3), max_p=1.5)
    with pytest.raises(ValueError, match=r"p must be a probability.*got -0\.1"):
        adaptive_edge_probability(EDGES, torch.ones(20), -0.1)
    with pytest.raises(TypeError, match="undirected must be True or False, got None"):
        adaptive_edge_probability(EDGES, torch.ones(20), undirected=None)


def test_centralities_of_half_precision_do_not_overflow_in_their_mean():
    edges = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
    centrality = torch.tensor([1e4, 6e4, 6e4, 1.0])
    wide = adaptive_edge_probability(edges, centrality, undirected=True)
    half = adaptive_edge_probability(edges, centrality.half(), undirected=True)
    torch.testing.assert_close(half, wide, atol=1e-3, rtol=0)
