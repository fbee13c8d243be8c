import copy

import pytest
import torch
from torch_geometric.data import Data, InMemoryDataset

from gcl.datasets import GraphDataset


def test_behaves_as_a_pyg_data_set(path_graph):
    dataset = GraphDataset(path_graph, "path")
    assert isinstance(dataset, InMemoryDataset)
    assert len(dataset) == 1
    assert isinstance(dataset[0], Data)
    assert dataset.num_features == 3
    assert dataset.num_classes == 3
    assert [data.num_nodes for data in dataset] == [5]
    assert copy.deepcopy(dataset)[0].num_nodes == 5
    with pytest.raises(IndexError):
        dataset[1]


def test_new_attributes_do_not_reach_the_data_set(path_graph):
    dataset = GraphDataset(path_graph, "path")
    data = dataset[0]
    data.x = None
    assert dataset[0].x is not None


def test_transform_is_applied_at_access(path_graph):
    dataset = GraphDataset(path_graph, "path", transform=lambda data: data.update({"x": None}))
    assert dataset[0].x is None
    assert path_graph.x is not None


@pytest.mark.parametrize(
    ("y", "expected"),
    [(torch.tensor([0, -1, 2]), 3), (torch.zeros(3, 4), 4), (None, 0)],
)
def test_num_classes(y, expected):
    data = Data(y=y, edge_index=torch.empty(2, 0).long(), num_nodes=3)
    assert GraphDataset(data, "g").num_classes == expected
