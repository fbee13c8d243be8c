import pytest
import torch

from gcl.datasets.listed_edges import edge_data

LISTED = torch.tensor([[0, 1, 2, 0, 2], [1, 0, 2, 2, 0]])  # 0-1 twice, a loop at 2, 0-2 twice


def test_undirected_edges_are_stored_once_in_each_direction():
    data = edge_data(LISTED, None, 4, directed=False)
    assert data.edge_index.tolist() == [[0, 0, 1, 2, 2], [1, 2, 0, 0, 2]]
    assert data.num_nodes == 4
    assert "edge_weight" not in data


def test_directed_edges_keep_their_direction():
    data = edge_data(torch.tensor([[1, 1], [0, 0]]), None, 2, directed=True)
    assert data.edge_index.tolist() == [[1], [0]]


def test_weights_follow_their_edges():
    weight = torch.tensor([5.0, 5.0, 7.0, 2.0, 2.0])
    data = edge_data(LISTED, weight, 3, directed=False)
    assert data.edge_index.tolist() == [[0, 0, 1, 2, 2], [1, 2, 0, 0, 2]]
    assert data.edge_weight.tolist() == [5.0, 2.0, 5.0, 2.0, 7.0]


def test_one_edge_with_two_weights_is_an_error():
    weight = torch.tensor([5.0, 6.0, 7.0, 2.0, 2.0])
    with pytest.raises(ValueError, match=r"edge 0-1 is listed with several weights, 5.0 and 6.0"):
        edge_data(LISTED, weight, 3, directed=False)
    data = edge_data(LISTED[:, :2], weight[:2], 3, directed=True)  # two different edges
    assert data.edge_weight.tolist() == [5.0, 6.0]
