import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import AddSelfLoops

from gcl.augmenters import EdgeAdd


def test_exact_values_of_new_edges():
    edge_index = torch.tensor([[0, 1, 2, 2, 1], [1, 0, 0, 1, 2]])
    data = Data(
        edge_index=edge_index,
        num_nodes=3,
        edge_weight=torch.arange(5.0),
        edge_attr=torch.arange(10).view(5, 2),
    )
    view = EdgeAdd(1.0, fill=-1)(data)  # 0 -> 2 is the only edge missing
    assert view.edge_index.tolist() == [[0, 1, 2, 2, 1, 0], [1, 0, 0, 1, 2, 2]]
    assert view.edge_weight.tolist() == [0, 1, 2, 3, 4, 1]
    assert view.edge_attr[5].tolist() == [-1, -1]
    assert torch.equal(view.edge_attr[:5], data.edge_attr)


def test_undirected_view_is_symmetric(path_graph):
    del path_graph.edge_attr, path_graph.edge_weight
    for _ in range(20):
        view = EdgeAdd(0.5, undirected=True)(path_graph)
        assert view.is_undirected()
        assert not view.has_self_loops()
        assert view.is_coalesced() or view.coalesce().num_edges == view.num_edges


def test_rate():
    m = 20_000
    edge_index = torch.stack([torch.arange(m), torch.arange(m) + 1])
    view = EdgeAdd(0.3)(Data(edge_index=edge_index, num_nodes=m + 1))
    assert view.num_edges == pytest.approx(1.3 * m, abs=325)  # 5 sigma


def test_batch_keeps_the_edges_of_a_graph_together():
    one = Data(x=torch.ones(4, 1), edge_index=torch.tensor([[0, 1], [1, 2]]), s=torch.ones(2))
    view = EdgeAdd(1.0, fill=0)(Batch.from_data_list([one, one, one]))
    assert view.s.tolist() == [1, 1, 0, 0] * 3
    assert [g.num_edges for g in view.to_data_list()] == [4, 4, 4]
    assert torch.equal(view.batch[view.edge_index[0]], torch.arange(3).repeat_interleave(4))


def test_attributes_without_a_value(path_graph):
    with pytest.raises(ValueError, match="fill must give the value of edge_attr for new edges"):
        EdgeAdd()(path_graph)
    with pytest.raises(TypeError, match="fill must be a number, got 'a'"):
        EdgeAdd(fill="a")
    path_graph.edge_attr = torch.arange(6)
    with pytest.raises(ValueError, match=r"fill must fit edge_attr.*int64; got 0\.5"):
        EdgeAdd(fill=0.5)(path_graph)
    path_graph.edge_attr = list("abcdef")
    with pytest.raises(TypeError, match="edge_attr must be a tensor to be filled"):
        EdgeAdd(fill=0)(path_graph)


def test_sampled_hop_counts_cannot_be_kept(path_graph):
    path_graph.num_sampled_edges = [6]
    with pytest.raises(ValueError, match="num_sampled_edges must be removed"):
        EdgeAdd(fill=0)(path_graph)


def test_slices_that_were_stale_already_become_true_ones():
    one = Data(x=torch.ones(4, 1), edge_index=torch.tensor([[0, 1], [1, 2]]))
    batch = AddSelfLoops()(Batch.from_data_list([one, one]))  # which leaves the slices as they were
    graphs = EdgeAdd(1.0)(batch).to_data_list()
    assert [g.num_edges for g in graphs] == [8, 8]  # two, four loops and two new ones
    assert all(g.edge_index.min() == 0 and g.edge_index.max() == 3 for g in graphs)
