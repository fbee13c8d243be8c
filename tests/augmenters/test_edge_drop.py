import warnings

import numpy as np
import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import Batch, Data

from gcl.augmenters import EdgeDrop
from gcl.functional import drop_edges


def seeded():
    return torch.Generator().manual_seed(5)


def test_equals_its_functional_twin(path_graph):
    path_graph.tags = np.arange(6)
    path_graph.labels = list("abcdef")
    edge_index, mask = drop_edges(path_graph.edge_index, 0.5, generator=seeded())
    view = EdgeDrop(0.5, generator=seeded())(path_graph)
    assert 0 < int(mask.sum()) < 6
    assert torch.equal(view.edge_index, edge_index)
    assert torch.equal(view.edge_weight, path_graph.edge_weight[mask])
    assert torch.equal(view.edge_attr, path_graph.edge_attr[mask])
    assert view.tags.tolist() == mask.nonzero().view(-1).tolist()
    assert view.labels == [c for c, kept in zip("abcdef", mask, strict=True) if kept]
    assert view.x is path_graph.x
    assert view.y is path_graph.y


def test_undirected_view_is_symmetric(path_graph):
    del path_graph.edge_attr  # differs between directions
    for _ in range(20):
        assert EdgeDrop(0.5, undirected=True)(path_graph).is_undirected()


def test_ends(path_graph):
    assert EdgeDrop(1.0)(path_graph).edge_attr.shape == (0, 2)
    assert torch.equal(EdgeDrop(0.0)(path_graph).edge_index, path_graph.edge_index)


def test_rate():
    data = Data(edge_index=torch.zeros(2, 50_000, dtype=torch.long), num_nodes=1)
    assert EdgeDrop(0.2)(data).num_edges == pytest.approx(40_000, abs=450)


def test_sampled_hop_counts_and_follow_batch(path_graph):
    path_graph.num_sampled_edges = [2, 1, 3]
    view = EdgeDrop(0.5, generator=seeded())(path_graph)
    kept = drop_edges(path_graph.edge_index, 0.5, generator=seeded())[1].split([2, 1, 3])
    assert view.num_sampled_edges == [int(k.sum()) for k in kept]
    graphs = [Data(edge_index=torch.zeros(2, m, dtype=torch.long), num_nodes=1) for m in (4, 6)]
    batch = Batch.from_data_list(graphs, follow_batch=["edge_index"])
    view = EdgeDrop(0.5)(batch)
    assert torch.equal(view.edge_index_ptr.diff(), view.edge_index_batch.bincount(minlength=2))


def test_edge_index_subclass(path_graph):
    path_graph.edge_index = EdgeIndex(path_graph.edge_index, sort_order="row", sparse_size=(5, 5))
    view = EdgeDrop(0.5)(path_graph)
    assert view.edge_index.validate().is_sorted_by_row
    graphs = EdgeDrop(0.5)(Batch.from_data_list([path_graph, path_graph])).to_data_list()
    assert all(g.validate() and (g.edge_index.as_tensor() < 5).all() for g in graphs)


def test_an_edited_batch_cannot_be_separated_wrongly(path_graph):
    batch = Batch.from_data_list([path_graph, path_graph])
    for key in ("edge_weight", "edge_attr"):
        del batch[key]
    batch.edge_index = batch.edge_index[:, :7]
    view = EdgeDrop(0.0)(batch)
    assert view.num_graphs == 2
    with pytest.raises(RuntimeError, match="Cannot reconstruct"):
        view.to_data_list()


def test_no_warning_about_the_number_of_nodes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        EdgeDrop()(Data(edge_index=torch.tensor([[0], [1]]), edge_weight=torch.ones(1)))
