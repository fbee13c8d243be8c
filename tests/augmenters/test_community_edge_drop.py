import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import CommunityEdgeDrop
from gcl.augmenters.communities import Communities
from gcl.functional import communal_edge_probability


@pytest.fixture
def triangles():
    """Two triangles joined by one edge, the last column."""
    once = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])
    return Data(edge_index=torch.cat([once, once.flip(0)], dim=1), num_nodes=7)


def test_the_bridge_goes_first(triangles):
    p = CommunityEdgeDrop(0.1).drop_probability(triangles)
    assert p.nonzero().view(-1).tolist() == [6, 13]
    assert CommunityEdgeDrop(0.1)(triangles).num_edges == 12
    assert p[[6, 13]].tolist() == [1, 1]


@pytest.mark.parametrize("communities", ["louvain", torch.tensor([0, 0, 1, 1, 2, 2, -1])])
def test_probabilities_are_those_of_the_functional_twin(triangles, communities):
    found = Communities(communities)(triangles.edge_index, 7)
    for cap in (0.4, 1.0):
        expected = communal_edge_probability(triangles.edge_index, *found, 0.5, max_p=cap)
        augmenter = CommunityEdgeDrop(0.5, communities=communities, max_p=cap)
        assert torch.equal(augmenter.drop_probability(triangles), expected)


def test_without_communities_edges_go_at_the_rate(triangles):
    nobody = torch.full((7,), -1)
    p = CommunityEdgeDrop(0.25, communities=nobody).drop_probability(triangles)
    assert p.tolist() == [0.25] * 14


def test_a_partition_of_another_graph_is_refused(triangles):
    with pytest.raises(ValueError, match=r"communities must have shape \[7\]"):
        CommunityEdgeDrop(communities=torch.zeros(5, dtype=torch.long))(triangles)
