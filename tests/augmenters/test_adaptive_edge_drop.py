import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import AdaptiveEdgeDrop
from gcl.augmenters.centrality import Centrality
from gcl.functional import adaptive_edge_probability
from gcl.functional.centrality import CENTRALITIES


@pytest.fixture
def star():
    return Data(edge_index=torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]]), num_nodes=5)


def test_edges_into_the_centre_stay(star):
    p = AdaptiveEdgeDrop(0.25).drop_probability(star)
    assert p.tolist() == pytest.approx([0.5, 0.5, 0.5, 0, 0, 0])
    for _ in range(5):
        assert (AdaptiveEdgeDrop(0.3)(star).edge_index[1] == 0).sum() == 3


@pytest.mark.parametrize("kind", CENTRALITIES)
def test_probabilities_are_those_of_the_functional_twin(kind):
    edge_index = torch.randint(9, (2, 40))
    data = Data(edge_index=edge_index, num_nodes=10)
    centrality = CENTRALITIES[kind](edge_index, 10)
    for both in (False, True):
        expected = adaptive_edge_probability(edge_index, centrality, 0.6, undirected=both)
        augmenter = AdaptiveEdgeDrop(0.6, centrality=kind, undirected=both)
        assert torch.equal(augmenter.drop_probability(data), expected)
        assert expected.max() <= 0.7 + 1e-6


def test_one_centrality_serves_several(star):
    shared, seen = Centrality("degree"), []
    find = shared._found.function
    shared._found.function = lambda *graph: seen.append(graph) or find(*graph)
    for p in (0.1, 0.2):
        AdaptiveEdgeDrop(p, centrality=shared)(star)
    assert len(seen) == 1


def test_unknown_centrality():
    with pytest.raises(ValueError, match="centrality must be one of degree, eigenvector, pagerank"):
        AdaptiveEdgeDrop(centrality="closeness")
