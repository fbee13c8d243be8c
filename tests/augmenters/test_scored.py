"""What the adaptive and the communal augmenters share."""

import copy

import pytest
import torch
from torch_geometric.data import Data, HeteroData

from gcl.augmenters import (
    AdaptiveEdgeDrop,
    AdaptiveFeatureMask,
    CommunityEdgeDrop,
    CommunityFeatureMask,
)

EDGES = [AdaptiveEdgeDrop, CommunityEdgeDrop]
COLUMNS = [AdaptiveFeatureMask, CommunityFeatureMask]
every = pytest.mark.parametrize("cls", [*EDGES, *COLUMNS])


@pytest.fixture
def graph():
    generator = torch.Generator().manual_seed(0)
    edge_index = torch.randint(12, (2, 50), generator=generator)
    x = torch.rand(12, 6, generator=generator)
    x[:, 2:] *= torch.rand(12, 4, generator=generator) < 0.4
    return Data(x=x, edge_index=edge_index, edge_attr=torch.arange(50))


def probability(augmenter, data):
    find = getattr(augmenter, "drop_probability", None) or augmenter.mask_probability
    return find(data)


@every
def test_realised_rates_are_the_probabilities(cls, graph):
    augmenter = cls(0.4, generator=torch.Generator().manual_seed(1))
    kept, draws = 0, 2000
    for _ in range(draws):
        view = augmenter(graph)
        if cls in EDGES:
            kept = kept + torch.zeros(50).index_fill(0, view.edge_attr, 1.0)
        else:
            kept = kept + (view.x != 0).any(0)
    expected = 1 - probability(augmenter, graph)
    assert expected.std() > 0.05
    torch.testing.assert_close(kept / draws, expected, atol=0.05, rtol=0)


@every
def test_probabilities_are_found_once_and_anew_for_another_graph(cls, graph):
    augmenter = cls(0.4)
    first = probability(augmenter, graph)
    assert probability(augmenter, copy.copy(graph)) is first
    other = graph.clone()
    other.edge_index = other.edge_index[:, :20]
    other.x[:, 4] += 1
    assert not torch.equal(probability(augmenter, other)[:6], first[:6])
    graph.edge_index[:, 0] = graph.edge_index[:, 1]  # written in place
    graph.x[:, 1] = 0
    assert not torch.equal(probability(augmenter, graph), first)


@pytest.mark.parametrize("cls", COLUMNS)
def test_sparse_features_get_the_same_probabilities(cls, graph):
    dense = cls(0.4).mask_probability(graph)
    graph.x = graph.x.to_sparse_csr()
    torch.testing.assert_close(cls(0.4).mask_probability(graph), dense)
    assert cls(0.4)(graph).x.layout == torch.sparse_csr


@pytest.mark.parametrize("cls", EDGES)
def test_undirected_draws_once_for_both_directions(cls, graph):
    graph.edge_index = torch.cat([graph.edge_index, graph.edge_index.flip(0)], dim=1)
    graph.edge_attr = torch.arange(100)
    for _ in range(5):
        kept = cls(0.4, undirected=True)(graph).edge_attr
        assert set((kept[kept < 50] + 50).tolist()) == set(kept[kept >= 50].tolist())


@every
def test_graphs_without_what_is_scored(cls, graph):
    with pytest.raises(ValueError, match="data must have an edge_index"):
        cls()(Data(x=torch.ones(2, 2)))
    if cls in COLUMNS:
        with pytest.raises(ValueError, match="data must have node features x"):
            cls()(Data(edge_index=graph.edge_index, num_nodes=12))
    with pytest.raises(TypeError, match="data must be a Data .*got HeteroData"):
        cls()(HeteroData())
    graph.edge_index[0, 0] = 12
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 12\).*got 12"):
        cls()(graph)


@every
def test_bad_caps(cls):
    with pytest.raises(ValueError, match=r"max_p must be a probability in \[0, 1\], got 2"):
        cls(max_p=2)


@every
def test_a_changed_rate_counts_from_then_on(cls, graph):
    augmenter = cls(0.4)
    first = probability(augmenter, graph)
    twin = copy.copy(augmenter)
    augmenter.p = twin.p = 0.1
    expected = probability(cls(0.1), graph)
    assert not torch.equal(expected, first)
    assert torch.equal(probability(augmenter, graph), expected)
    twin.max_p = 0.05
    assert probability(twin, graph).max() <= 0.05
    assert torch.equal(probability(augmenter, graph), expected)
