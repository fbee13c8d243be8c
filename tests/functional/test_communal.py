import math

import pytest
import torch

from gcl.functional import (
    communal_edge_probability,
    communal_feature_probability,
    community_strength,
)

EDGES = torch.randint(0, 20, (2, 70), generator=torch.Generator().manual_seed(0))
COMMUNITY = torch.arange(20) // 6 - 1  # six nodes without a community, then three communities
STRENGTH = torch.tensor([0.0, 0.3, 0.1, 0.05])[COMMUNITY + 1]


def edges_by_the_formula(p, floor):
    """CED as its steps read, one edge after the other."""
    scores = []
    for i, j in EDGES.t().tolist():
        same = COMMUNITY[i] == COMMUNITY[j] >= 0
        scores.append((STRENGTH[i] if same else -(STRENGTH[i] + STRENGTH[j])).item())
    low, high = min(scores), max(scores)
    weights = [(e - low) / (high - low) for e in scores]
    mean = sum(weights) / len(weights)
    return torch.tensor([1 - min(max(w / mean * (1 - p), floor), 1) for w in weights])


@pytest.mark.parametrize(("p", "max_p"), [(0.0, 1.0), (0.3, 1.0), (0.6, 0.8), (1.0, 1.0)])
def test_edges_follow_the_formula(p, max_p):
    ours = communal_edge_probability(EDGES, COMMUNITY, STRENGTH, p, max_p=max_p)
    torch.testing.assert_close(ours, edges_by_the_formula(p, 1 - max_p), atol=1e-6, rtol=1e-5)


def test_edges_between_strong_communities_go_first_and_both_directions_alike():
    both = torch.cat([EDGES, EDGES.flip(0)], dim=1)
    p = communal_edge_probability(both, COMMUNITY, STRENGTH, 0.5)
    assert torch.equal(p[:70], p[70:])
    ends = COMMUNITY[both]
    inside = (ends[0] == ends[1]) & (ends[0] == 0)
    across = (ends.amin(0) == 0) & (ends.amax(0) == 1)
    assert p[inside].max() < p[across].min()
    assert torch.equal(p[across], torch.ones(int(across.sum())))


def features_by_the_formula(x, p, cap):
    """CAV as its steps read, one column after the other."""
    votes = [
        sum(abs(v) * s for v, s in zip(column, STRENGTH.tolist(), strict=True))
        for column in x.t().tolist()
    ]
    votes = [max(votes) if t == 0 else t for t in votes]
    logs = [math.log(t) for t in votes]
    rarity = [(max(logs) - v) / (max(logs) - min(logs)) for v in logs]
    mean = sum(rarity) / len(rarity)
    return torch.tensor([min(a / mean * p, cap) for a in rarity])


@pytest.mark.parametrize("cap", [0.2, 1.0])
def test_features_follow_the_formula(cap):
    x = torch.randn(20, 9) * (torch.rand(20, 9) < 0.4)
    x[7], x[:, 4] = 1.0, 0.0
    ours = communal_feature_probability(x, STRENGTH, 0.3, max_p=cap)
    torch.testing.assert_close(ours, features_by_the_formula(x, 0.3, cap), atol=1e-6, rtol=1e-4)
    assert ours[4] == 0  # taken for the column with most votes
    sparse = communal_feature_probability(x.to_sparse_csr(), STRENGTH, 0.3, max_p=cap)
    torch.testing.assert_close(sparse, ours)


def test_votes_below_zero_count_as_the_least_above():
    x, strength = torch.eye(4), torch.tensor([0.4, 0.1, -0.2, 0.0])
    p = communal_feature_probability(x, strength, 0.2)
    assert p.tolist() == pytest.approx([0, 0.4, 0.4, 0])


def test_equal_scores_get_the_rate():
    one = torch.zeros(20, dtype=torch.long)
    strength = community_strength(EDGES, one)
    assert communal_edge_probability(EDGES, one, strength, 0.25).tolist() == [0.25] * 70
    for values in (torch.zeros(20), torch.full((20,), 0.3), torch.full((20,), -0.3)):
        assert communal_edge_probability(EDGES, one - 1, values * 0, 0.25).unique().numel() == 1
        p = communal_feature_probability(torch.ones(20, 5), values, 0.25)
        torch.testing.assert_close(p, torch.full((5,), 0.25))


def test_rounding_of_equal_strengths_decides_nothing():
    community = torch.tensor([0, 0, 1, 1])
    strength = torch.tensor([0.1, 0.1, 0.1 + 1e-8, 0.1 + 1e-8])
    edges = torch.tensor([[0, 2], [1, 3]])
    p = communal_edge_probability(edges, community, strength, 0.25)
    torch.testing.assert_close(p, torch.full((2,), 0.25))


def test_graphs_without_edges_nodes_or_columns():
    none, nobody = torch.zeros(2, 0, dtype=torch.long), torch.zeros(0, dtype=torch.long)
    assert communal_edge_probability(none, COMMUNITY, STRENGTH).shape == (0,)
    assert communal_edge_probability(none, nobody, torch.zeros(0)).shape == (0,)
    assert communal_feature_probability(torch.ones(0, 3), torch.zeros(0)).tolist() == [0.5] * 3
    assert communal_feature_probability(torch.ones(20, 0), STRENGTH).shape == (0,)


def test_bad_input():
    with pytest.raises(ValueError, match=r"strength must have shape \[20\]"):
        communal_edge_probability(EDGES, COMMUNITY, torch.ones(19))
    with pytest.raises(TypeError, match="community must hold integer"):
        communal_edge_probability(EDGES, STRENGTH, STRENGTH)
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 5\)"):
        communal_edge_probability(EDGES, COMMUNITY[:5], STRENGTH[:5])
    with pytest.raises(ValueError, match=r"p must be a probability.*got 2"):
        communal_feature_probability(torch.ones(20, 2), STRENGTH, 2.0)
    with pytest.raises(ValueError, match="strength must be finite, got nan"):
        communal_feature_probability(torch.ones(1, 2), torch.tensor([torch.nan]))
