import dataclasses

import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets import CATALOGUE
from gcl.datasets.validate import check_counts, check_graph, standard

CORA = dataclasses.replace(
    CATALOGUE["cora"],
    num_nodes=5,
    num_edges=6,
    num_features=3,
    num_classes=3,
    split_sizes=None,
)


def test_standard_makes_dense_floats_and_long_labels():
    x = torch.eye(3, dtype=torch.float64).to_sparse_csr()
    edge_index = torch.tensor([[0], [1]], dtype=torch.int32)
    data = standard(Data(x=x, edge_index=edge_index, y=torch.tensor([0, 1, 2]).int()))
    assert torch.equal(data.x, torch.eye(3))
    assert (data.edge_index.dtype, data.y.dtype) == (torch.int64, torch.int64)
    several = standard(Data(edge_index=edge_index, y=torch.rand(3, 2)))
    assert several.y.dtype == torch.float32


def test_sound_graphs_pass(path_graph):
    assert check_graph(path_graph, "here") is path_graph
    check_counts(path_graph, CORA)


def test_errors_name_the_source(path_graph):
    path_graph.edge_index[0, 0] = -1
    with pytest.raises(ValueError, match=r"here: edge_index must lie in \[0, 5\).*got -1"):
        check_graph(path_graph, "here")


def test_counts_and_split_sizes(path_graph):
    with pytest.raises(ValueError, match="the files hold 6 edges instead of 8"):
        check_counts(path_graph, dataclasses.replace(CORA, num_edges=8))
    path_graph.val_mask = path_graph.test_mask = ~path_graph.train_mask
    check_counts(path_graph, dataclasses.replace(CORA, split_sizes=(3, 2, 2)))
    with pytest.raises(ValueError, match="hold 2 nodes in val_mask instead of 1"):
        check_counts(path_graph, dataclasses.replace(CORA, split_sizes=(3, 1, 2)))


def test_unknown_counts_are_not_compared(path_graph):
    nothing = {"num_nodes": None, "num_edges": None, "num_features": None, "num_classes": None}
    check_counts(path_graph, dataclasses.replace(CORA, **nothing))


def test_targets_that_are_no_classes_stay_numbers():
    edge_index = torch.tensor([[0], [1]])
    own = torch.tensor([0.5, 1.0, torch.nan])
    for y in (own, own[:2], torch.tensor([torch.inf])):
        assert standard(Data(edge_index=edge_index, y=y)).y is y
    whole = standard(Data(edge_index=edge_index, y=torch.tensor([0.0, 2.0]))).y
    assert (whole.dtype, whole.tolist()) == (torch.int64, [0, 2])


def test_one_column_of_classes_is_a_vector_of_them(path_graph):
    path_graph.y = torch.arange(path_graph.num_nodes).view(-1, 1)
    assert standard(path_graph).y.shape == (path_graph.num_nodes,)
    path_graph.y = torch.rand(path_graph.num_nodes, 1)
    assert standard(path_graph).y.shape == (path_graph.num_nodes, 1)
