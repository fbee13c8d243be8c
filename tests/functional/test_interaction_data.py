import pytest
import torch
from torch_geometric.data import Data, HeteroData

from gcl.datasets import interactions
from gcl.functional.interaction_data import RATES, interaction_data, without_test


def test_edges_and_counts():
    data = interactions(torch.tensor([[0, 1], [2, 0]]), num_users=4)
    found = interaction_data(data)
    assert (found.num_users, found.num_items) == (4, 3)
    assert found.edge_index is data[RATES].edge_index


def test_a_copy_without_the_test_part_leaves_the_original():
    data = interactions(torch.tensor([[0], [0]]), test_edge_index=torch.tensor([[0], [1]]))
    assert "test_edge_index" not in without_test(data)[RATES]
    assert "test_edge_index" in data[RATES]


def test_bad_data():
    with pytest.raises(TypeError, match="must be a HeteroData of users and items"):
        interaction_data(Data(edge_index=torch.tensor([[0], [0]])))
    with pytest.raises(ValueError, match="must have user and item and .user, rates, item."):
        interaction_data(HeteroData())
    data = interactions(torch.tensor([[0], [0]]))
    data[RATES].edge_index = torch.tensor([[0], [1]])
    with pytest.raises(ValueError, match=r"edge_index must hold items in \[0, 1\), got 1"):
        interaction_data(data)
