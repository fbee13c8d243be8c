import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from gcl.augmenters import AdaptiveEdgeDrop, AdaptiveFeatureMask
from gcl.functional import adaptive_feature_probability, degree_centrality


@pytest.fixture
def graph():
    x = torch.rand(10, 7) * (torch.rand(10, 7) < 0.5)
    x[:, 0] = 1
    return Data(x=x, edge_index=torch.randint(9, (2, 40)))


@pytest.mark.parametrize("binary", [True, False])
def test_probabilities_are_those_of_the_functional_twin(graph, binary):
    centrality = degree_centrality(graph.edge_index, 10)
    expected = adaptive_feature_probability(graph.x, centrality, 0.6, binary=binary)
    assert torch.equal(AdaptiveFeatureMask(0.6, binary=binary).mask_probability(graph), expected)


def test_the_column_of_all_nodes_stays(graph):
    for _ in range(10):
        view = AdaptiveFeatureMask(0.9, max_p=1.0)(graph)
        assert torch.equal(view.x[:, 0], graph.x[:, 0])


def test_in_a_chain_columns_are_scored_by_the_whole_graph(graph):
    mask = AdaptiveFeatureMask(0.5)
    Compose([mask, AdaptiveEdgeDrop(0.5)])(graph)
    before = mask.mask_probability(graph)
    assert torch.equal(before, AdaptiveFeatureMask(0.5).mask_probability(graph))


def test_bad_options():
    with pytest.raises(TypeError, match="binary must be True or False, got 'yes'"):
        AdaptiveFeatureMask(binary="yes")
