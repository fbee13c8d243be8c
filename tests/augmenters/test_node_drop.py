import pytest
import torch
from torch_geometric.data import Batch, Data, HeteroData

from gcl.augmenters import EgoSubgraph, NodeDrop, RandomWalkSubgraph
from gcl.functional import drop_nodes


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_equals_its_functional_twin(path_graph):
    for seed in range(10):
        view = NodeDrop(0.4, generator=seeded(seed))(path_graph)
        edge_index, nodes, edges = drop_nodes(path_graph.edge_index, 5, 0.4, generator=seeded(seed))
        assert torch.equal(view.edge_index, edge_index)
        assert torch.equal(view.n_id, nodes.nonzero().view(-1))
        for key in ("x", "y", "train_mask"):
            assert torch.equal(view[key], path_graph[key][nodes])
        for key in ("edge_weight", "edge_attr"):
            assert torch.equal(view[key], path_graph[key][edges])


def test_twice_maps_back_to_the_first_graph(path_graph):
    for seed in range(10):
        drop = NodeDrop(0.3, generator=seeded(seed))
        view = drop(drop(path_graph))
        assert torch.equal(view.x, path_graph.x[view.n_id])


def test_all_nodes_may_go(path_graph):
    view = NodeDrop(1.0)(path_graph)
    assert view.num_nodes == view.num_edges == 0
    assert view.x.shape == (0, 3)
    batch = NodeDrop(1.0)(Batch.from_data_list([path_graph, path_graph]))
    assert batch.num_graphs == 2
    assert batch.ptr.tolist() == [0, 0, 0]
    assert [g.num_nodes for g in batch.to_data_list()] == [0, 0]


def test_explicit_number_of_nodes():
    data = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=6)
    view = NodeDrop(0.5)(data)
    assert view.num_nodes == len(view.n_id) < 6
    batch = NodeDrop(0.5, generator=seeded(0))(Batch.from_data_list([data, data]))
    graphs = batch.to_data_list()
    assert batch.num_nodes == sum(len(g.n_id) for g in graphs)
    assert [g.num_nodes for g in graphs] == [len(g.n_id) for g in graphs]


def test_n_id_counts_through_the_batch_and_restarts_in_its_graphs(path_graph):
    batch = Batch.from_data_list([path_graph, path_graph])
    view = NodeDrop(0.4)(batch)
    assert torch.equal(view.x, batch.x[view.n_id])
    for g in view.to_data_list():
        assert torch.equal(g.x, path_graph.x[g.n_id])


def test_seeds_and_hops_of_a_sampled_batch(path_graph):
    path_graph.update({"batch_size": 2, "input_id": torch.tensor([70, 71])})
    path_graph.num_sampled_nodes = [2, 3]
    path_graph.num_sampled_edges = [4, 2]
    for seed in range(10):
        view = NodeDrop(0.5, generator=seeded(seed))(path_graph)
        nodes = drop_nodes(path_graph.edge_index, 5, 0.5, generator=seeded(seed))[1]
        nodes[:2] = True  # seeds stay: the loss is over them
        edges = nodes[path_graph.edge_index].all(dim=0)
        assert torch.equal(view.n_id, nodes.nonzero().view(-1))
        assert torch.equal(view.edge_attr, path_graph.edge_attr[edges])
        assert view.batch_size == 2
        assert view.input_id.tolist() == [70, 71]
        assert view.num_sampled_nodes == [2, int(nodes[2:].sum())]
        assert view.num_sampled_edges == [int(edges[:4].sum()), int(edges[4:].sum())]


@pytest.mark.parametrize("drop", [NodeDrop(1.0), RandomWalkSubgraph(1, length=0)])
def test_every_augmenter_of_nodes_spares_the_seeds(drop, path_graph):
    path_graph.batch_size = 2
    view = drop(path_graph)
    assert torch.equal(view.x[:2], path_graph.x[:2])
    assert view.edge_index.tolist()[0][:2] == [0, 1]


def test_if_all_nodes_are_seeds_they_may_go(path_graph):
    path_graph.batch_size = 5
    view = NodeDrop(1.0)(path_graph)
    assert (view.num_nodes, view.batch_size) == (0, 0)


def test_rate():
    data = Data(x=torch.ones(50_000, 1), edge_index=torch.zeros(2, 0, dtype=torch.long))
    assert NodeDrop(0.2)(data).num_nodes == pytest.approx(40_000, abs=450)


def test_what_cannot_follow_is_refused(path_graph):
    path_graph.edge_label_index = path_graph.edge_index
    with pytest.raises(ValueError, match="edge_label_index must be removed.*it lists nodes"):
        NodeDrop()(path_graph)
    del path_graph.edge_label_index
    path_graph.distance = torch.ones(5, 5)
    with pytest.raises(ValueError, match=r"distance of shape \[5, 5\] may hold a row, or"):
        NodeDrop()(path_graph)
    del path_graph.distance
    path_graph.x = torch.eye(5)  # known to be features
    assert NodeDrop(0.5)(path_graph).x.size(1) == 5
    with pytest.raises(TypeError, match="data must be a Data .*for NodeDrop, got"):
        NodeDrop()(HeteroData())
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 5\)"):
        NodeDrop()(Data(x=torch.ones(5, 1), edge_index=torch.tensor([[5], [0]])))


@pytest.mark.parametrize("augment", [NodeDrop(0.5), EgoSubgraph(2), RandomWalkSubgraph(2)])
def test_sparse_features_lose_the_rows_of_the_nodes(augment):
    x = torch.eye(6) + torch.ones(6, 6).tril(-4)
    ring = torch.stack([torch.arange(6), (torch.arange(6) + 1) % 6])
    view = augment(Data(x=x.to_sparse_csr(), edge_index=ring))
    assert view.x.layout == torch.sparse_csr
    assert torch.equal(view.x.to_dense(), x[view.n_id])
