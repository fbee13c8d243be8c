import pytest
import torch
from torch_geometric.data import Batch

from gcl.augmenters import RandomWalkSubgraph
from gcl.functional import walk_subgraph


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_equals_its_functional_twin(path_graph):
    for seed in range(10):
        view = RandomWalkSubgraph(2, length=1, generator=seeded(seed))(path_graph)
        edge_index, nodes, edges = walk_subgraph(
            path_graph.edge_index, 5, 2, length=1, generator=seeded(seed)
        )
        assert torch.equal(view.edge_index, edge_index)
        assert torch.equal(view.n_id, nodes.nonzero().view(-1))
        assert torch.equal(view.x, path_graph.x[nodes])
        assert torch.equal(view.edge_attr, path_graph.edge_attr[edges])


def test_one_walk_stays_connected(path_graph):
    for seed in range(10):
        ids = RandomWalkSubgraph(1, length=2, generator=seeded(seed))(path_graph).n_id
        assert ids.tolist() == list(range(int(ids[0]), int(ids[-1]) + 1))
        assert len(ids) in ((1,) if ids[0] == 4 else (2, 3))


def test_every_graph_of_a_batch_keeps_its_seeds(path_graph):
    batch = Batch.from_data_list([path_graph] * 3)
    view = RandomWalkSubgraph(0.3, length=0)(batch)
    assert view.batch.bincount().tolist() == [2, 2, 2]
    for g in view.to_data_list():
        assert torch.equal(g.x, path_graph.x[g.n_id])


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match=r"seeds must be a share or a number of nodes, got \[1"):
        RandomWalkSubgraph([1, 2])
    with pytest.raises(ValueError, match="seeds must be a share above 0"):
        RandomWalkSubgraph(0.0)
    with pytest.raises(ValueError, match="length must be at least 0, got -1"):
        RandomWalkSubgraph(length=-1)
