import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import stochastic_blockmodel_graph

from gcl.augmenters import NodeDrop
from gcl.loaders import ClusterLoader, cluster


@pytest.fixture
def graph():
    """Four blocks of ten nodes; every attribute tells its own index."""
    torch.manual_seed(0)
    edge_index = stochastic_blockmodel_graph([10] * 4, torch.full((4, 4), 0.05) + torch.eye(4) / 2)
    edge_index = torch.cat([edge_index, torch.tensor([[3], [3]])], dim=1)
    count = edge_index.size(1)
    return Data(
        x=torch.arange(40.0).view(40, 1),
        edge_index=edge_index[:, torch.randperm(count)],
        edge_weight=torch.arange(float(count)),
        y=torch.arange(40) // 10,
    )


def check_batch(batch, graph):
    """The subgraph on the batch's nodes, with all of its edges, by a slow reference."""
    nodes = batch.n_id.tolist()
    inside = [
        e for e, (s, t) in enumerate(graph.edge_index.t().tolist()) if s in nodes and t in nodes
    ]
    assert batch.e_id.sort().values.tolist() == inside
    assert torch.equal(batch.n_id[batch.edge_index], graph.edge_index[:, batch.e_id])
    assert torch.equal(batch.x.view(-1).long(), batch.n_id)
    assert torch.equal(batch.y, graph.y[batch.n_id])
    assert torch.equal(batch.edge_weight.long(), batch.e_id)
    assert bool((batch.edge_index[1].diff() >= 0).all())
    batch.validate()


@pytest.mark.parametrize("method", ["metis", "communities"])
@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_batches_are_unions_of_parts_with_the_edges_between(graph, method, batch_size):
    loader = ClusterLoader(graph, 4, batch_size, method=method)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert torch.cat([b.n_id for b in batches]).sort().values.tolist() == list(range(40))
    for batch in batches:
        check_batch(batch, graph)
        assert len(loader.part[batch.n_id].unique()) <= batch_size


def test_all_nodes_are_seeds(graph):
    batch = next(iter(ClusterLoader(graph, 4)))
    assert batch.batch_size == batch.num_nodes
    assert torch.equal(batch.input_id, batch.n_id)
    view = NodeDrop(0.5)(batch)
    assert view.batch_size == view.num_nodes < batch.num_nodes


def test_a_partition_of_ones_own_with_gaps(graph):
    own = torch.tensor([7, 2, 2, 7] * 10)
    loader = ClusterLoader(graph, method=own, shuffle=False)
    assert len(loader) == 2
    assert torch.equal(loader.part, (own == 7).long())
    assert [b.n_id.tolist() for b in loader] == [
        (own == 2).nonzero().view(-1).tolist(),
        (own == 7).nonzero().view(-1).tolist(),
    ]


def test_parts_meet_anew_in_every_epoch_and_draws_are_reproducible(graph):
    def epochs(seed):
        loader = ClusterLoader(graph, 4, 2, generator=torch.Generator().manual_seed(seed))
        return [[sorted(loader.part[b.n_id].unique().tolist()) for b in loader] for _ in range(8)]

    assert epochs(0) == epochs(0)
    assert len({str(sorted(epoch)) for epoch in epochs(0)}) > 1


def test_one_batch_of_all_parts_is_the_graph(graph):
    (batch,) = ClusterLoader(graph, 4, 4)
    check_batch(batch, graph)
    assert batch.num_edges == graph.num_edges


def test_drop_last(graph):
    assert len(list(ClusterLoader(graph, 4, 3, drop_last=True))) == 1


def test_bad_input(graph):
    own = torch.zeros(40, dtype=torch.long)
    with pytest.raises(ValueError, match="num_parts must be given with method='metis', got None"):
        ClusterLoader(graph)
    with pytest.raises(ValueError, match="num_parts=3 would be ignored: method is a partition"):
        ClusterLoader(graph, 3, method=own)
    with pytest.raises(ValueError, match="seed=3 would be ignored: method is a partition"):
        ClusterLoader(graph, method=own, seed=3)
    with pytest.raises(ValueError, match=r"method must have shape \[40\], got"):
        ClusterLoader(graph, method=own[:3])
    with pytest.raises(ValueError, match="method must give every node a part from 0"):
        ClusterLoader(graph, method=own - 1)
    with pytest.raises(ValueError, match="method must be one of metis, communities"):
        ClusterLoader(graph, 3, method="mtis")


def test_an_interrupted_batch_leaves_no_trace_in_the_next(graph, monkeypatch):
    loader = ClusterLoader(graph, method=graph.y, shuffle=False)
    expected = list(loader)

    def interrupted(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gcl.loaders.cluster.draw_neighbors", lambda *a: calls.pop(0)(*a))
        calls = [cluster.draw_neighbors, interrupted]
        with pytest.raises(KeyboardInterrupt):
            next(iter(loader))
    for batch, same in zip(loader, expected, strict=True):
        assert torch.equal(batch.edge_index, same.edge_index)
