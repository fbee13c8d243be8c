import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import Data, HeteroData

from gcl.encoders import GCN, SAGE
from gcl.loaders import NeighborLoader


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def graph(directed_graph):
    return directed_graph


def test_edges_are_sorted_by_target(graph):
    for batch in NeighborLoader(graph, [4, 3], 8, shuffle=True):
        assert bool((batch.edge_index[1].diff() >= 0).all())


def test_a_batch_has_pygs_attributes(graph):
    batch = next(iter(NeighborLoader(graph, [2, 2], 4, input_nodes=torch.tensor([9, 8, 7, 6, 5]))))
    assert batch.batch_size == 4
    assert batch.n_id[:4].tolist() == [9, 8, 7, 6]
    assert batch.input_id.tolist() == [0, 1, 2, 3]
    assert torch.equal(batch.x.view(-1).long(), batch.n_id)
    assert torch.equal(batch.y, batch.n_id)
    assert torch.equal(batch.train_mask, batch.n_id % 2 == 0)
    assert torch.equal(batch.edge_attr.view(-1).long(), batch.e_id)
    assert batch.name == "a graph"
    assert len(batch.num_sampled_nodes) == 3
    assert batch.num_nodes == sum(batch.num_sampled_nodes)
    assert batch.num_edges == sum(batch.num_sampled_edges)
    batch.validate()


def test_a_mask_gives_node_numbers_as_input_id(graph):
    batches = list(NeighborLoader(graph, [1], 6, input_nodes=graph.train_mask))
    assert torch.equal(torch.cat([b.input_id for b in batches]), torch.arange(0, 40, 2))
    assert torch.equal(torch.cat([b.n_id[: b.batch_size] for b in batches]), torch.arange(0, 40, 2))


def test_the_graph_stays_as_it_is_and_the_sampler_forgets(graph):
    before = {k: v.clone() for k, v in graph.to_dict().items() if k != "name"}
    loader = NeighborLoader(graph, [-1], 10)
    first, second = list(loader), list(loader)
    assert all(torch.equal(graph[k], v) for k, v in before.items())
    assert [b.n_id.tolist() for b in first] == [b.n_id.tolist() for b in second]
    assert graph.to_dict().keys() == {*before, "name"}


def test_every_seed_once_an_epoch_in_a_new_order(graph):
    loader = NeighborLoader(graph, [1], 7, shuffle=True, generator=seeded())
    epochs = [torch.cat([b.n_id[: b.batch_size] for b in loader]) for _ in range(2)]
    assert all(torch.equal(epoch.sort().values, torch.arange(40)) for epoch in epochs)
    assert not torch.equal(*epochs)
    assert len(loader) == 6
    assert len(NeighborLoader(graph, [1], 7, drop_last=True)) == 5
    assert [b.batch_size for b in NeighborLoader(graph, [1], 7, drop_last=True)] == [7] * 5


def test_reproducible_by_generator(graph):
    first, second = (
        [b.e_id.tolist() for b in NeighborLoader(graph, [2], 5, shuffle=True, generator=seeded(4))]
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("encoder", [GCN, SAGE])
def test_seed_embeddings_of_whole_neighbourhoods_are_those_of_the_graph(graph, encoder):
    net = encoder(1, 4, 3, num_layers=2)
    hops = [-1] * (3 if encoder is GCN else 2)  # GCN also reads its neighbours' degrees
    full = net(graph.x, graph.edge_index)
    for batch in NeighborLoader(graph, hops, 16):
        h = net(batch.x, batch.edge_index)[: batch.batch_size]
        torch.testing.assert_close(h, full[batch.n_id[: batch.batch_size]])


def test_graphs_without_features_edges_or_with_an_edge_index_object(graph):
    bare = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=3)
    (batch,) = NeighborLoader(bare, [2], 5)
    assert (batch.num_nodes, batch.num_edges) == (3, 0)
    sorted_ = EdgeIndex(graph.edge_index, sparse_size=(40, 40)).sort_by("col").values
    graph.edge_index = sorted_
    del graph.edge_attr
    (batch,) = NeighborLoader(graph, [-1], 40)
    assert torch.equal(batch.n_id[batch.edge_index], sorted_.as_tensor()[:, batch.e_id])


def test_bad_input(graph):
    with pytest.raises(TypeError, match="data must be a torch_geometric Data, got"):
        NeighborLoader(HeteroData(), [1])
    with pytest.raises(ValueError, match="data must have an edge_index"):
        NeighborLoader(Data(x=torch.ones(2, 1)), [1])
    with pytest.raises(ValueError, match="data must have at least one node"):
        NeighborLoader(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0), [1])
    with pytest.raises(ValueError, match=r"must lie in \[0, 2\).*got 5"):
        NeighborLoader(Data(x=torch.ones(2, 1), edge_index=torch.tensor([[5], [0]])), [1])
    with pytest.raises(TypeError, match="num_neighbors must be a list, .*got 3"):
        NeighborLoader(graph, 3)
    with pytest.raises(ValueError, match="num_neighbors must hold a number for at least one hop"):
        NeighborLoader(graph, [])
    with pytest.raises(ValueError, match="num_neighbors must be at least -1, got -2"):
        NeighborLoader(graph, [5, -2])
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        NeighborLoader(graph, [1], 0)
    with pytest.raises(ValueError, match=r"input_nodes must lie in \[0, 40\), got 40"):
        NeighborLoader(graph, [1], input_nodes=[0, 40])
    with pytest.raises(ValueError, match="input_nodes must be distinct"):
        NeighborLoader(graph, [1], input_nodes=[3, 3])
    with pytest.raises(ValueError, match=r"input_nodes must be a mask \[40\], got"):
        NeighborLoader(graph, [1], input_nodes=torch.ones(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="input_nodes must hold at least one node"):
        NeighborLoader(graph, [1], input_nodes=torch.zeros(40, dtype=torch.bool))
    with pytest.raises(TypeError, match="input_nodes must be node numbers or a mask"):
        NeighborLoader(graph, [1], input_nodes=torch.ones(3))
    with pytest.raises(TypeError, match="input_nodes must be node numbers .* got 'train_mask'"):
        NeighborLoader(graph, [1], input_nodes="train_mask")
    with pytest.raises(ValueError, match="drop_last must be False with 40 items in batches of 41"):
        NeighborLoader(graph, [1], 41, drop_last=True)
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator"):
        NeighborLoader(graph, [1], generator=3)
    with pytest.raises(ValueError, match="data must not have adj_t"):
        NeighborLoader(Data(edge_index=graph.edge_index, adj_t=torch.ones(1), num_nodes=40), [1])


def test_equals_pygs_loader_where_it_works(graph):
    pytest.importorskip("pyg_lib")
    from torch_geometric.loader import NeighborLoader as Theirs

    seeds = torch.tensor([5, 9, 0])
    (ours,) = NeighborLoader(graph, [-1, -1], 3, input_nodes=seeds)
    (theirs,) = Theirs(graph, [-1, -1], seeds, batch_size=3)
    for key in ("n_id", "input_id", "batch_size", "num_sampled_nodes", "num_sampled_edges"):
        assert str(ours[key]) == str(theirs[key])
    assert torch.equal(ours.e_id.sort().values, theirs.e_id.sort().values)
    assert set(theirs.keys()) <= set(ours.keys())
