import pytest
import torch
from torch_geometric.data import Batch

from gcl.augmenters import EgoSubgraph
from gcl.functional import ego_subgraph


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_equals_its_functional_twin(path_graph):
    for seed in range(10):
        view = EgoSubgraph(1, num_hops=1, generator=seeded(seed))(path_graph)
        edge_index, nodes, edges = ego_subgraph(
            path_graph.edge_index, 5, 1, num_hops=1, generator=seeded(seed)
        )
        assert torch.equal(view.edge_index, edge_index)
        assert torch.equal(view.n_id, nodes.nonzero().view(-1))
        assert torch.equal(view.y, path_graph.y[nodes])
        assert torch.equal(view.edge_weight, path_graph.edge_weight[edges])


def test_given_seeds(path_graph):
    for seeds in ([0, 4], torch.tensor([0, 4])):
        view = EgoSubgraph(seeds, num_hops=1)(path_graph)
        assert view.n_id.tolist() == [0, 1, 4]
        assert view.edge_index.tolist() == [[0, 1], [1, 0]]
    batch = Batch.from_data_list([path_graph, path_graph])
    view = EgoSubgraph([8], num_hops=1)(batch)
    assert view.n_id.tolist() == [7, 8]
    assert [g.num_nodes for g in view.to_data_list()] == [0, 2]


def test_bad_arguments_are_named(path_graph):
    with pytest.raises(ValueError, match="generator must be None with given seeds"):
        EgoSubgraph([0], generator=seeded(0))
    with pytest.raises(ValueError, match=r"seeds must lie in \[0, 5\).*got 5"):
        EgoSubgraph([5])(path_graph)
    with pytest.raises(ValueError, match="num_hops must be at least 0, got -2"):
        EgoSubgraph(num_hops=-2)
