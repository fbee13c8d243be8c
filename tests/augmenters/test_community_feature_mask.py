import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import CommunityFeatureMask
from gcl.augmenters.communities import Communities
from gcl.functional import communal_feature_probability


@pytest.fixture
def graph():
    """A triangle and an edge, apart; columns used by the triangle, by the edge, by nobody."""
    x = torch.tensor([[1.0, 0, 0]] * 3 + [[0, 1.0, 0]] * 2)
    return Data(x=x, edge_index=torch.tensor([[0, 1, 2, 3], [1, 2, 0, 4]]))


def test_columns_of_the_stronger_community_stay(graph):
    """Strengths are 3/4 - 9/16 for the triangle and 1/4 - 1/16 for the edge: equal, times 3 and 2
    nodes."""
    p = CommunityFeatureMask(0.2).mask_probability(graph)
    assert p.tolist() == pytest.approx([0, 0.6, 0], abs=1e-6)
    assert torch.equal(CommunityFeatureMask(0.2)(graph).x[:, 0], graph.x[:, 0])


@pytest.mark.parametrize("communities", ["label_propagation", torch.tensor([0, 0, 1, 2, -1])])
def test_probabilities_are_those_of_the_functional_twin(graph, communities):
    strength = Communities(communities)(graph.edge_index, 5).strength
    for cap in (0.3, 1.0):
        expected = communal_feature_probability(graph.x, strength, 0.3, max_p=cap)
        augmenter = CommunityFeatureMask(0.3, communities=communities, max_p=cap)
        assert torch.equal(augmenter.mask_probability(graph), expected)


def test_without_communities_columns_go_at_the_rate(graph):
    nobody = torch.full((5,), -1)
    p = CommunityFeatureMask(0.25, communities=nobody).mask_probability(graph)
    assert p.tolist() == [0.25] * 3
