import numpy as np
import torch
from torch_geometric.data import Data

from gcl.loaders.cut import cut


def test_every_kind_of_attribute(path_graph):
    path_graph.update({"names": list("abcde"), "ages": np.arange(5.0), "title": "path", "level": 3})
    nodes, edges = torch.tensor([2, 1]), torch.tensor([[1, 0], [0, 1]])
    part = cut(path_graph, nodes, edges, torch.tensor([2, 3]))
    assert torch.equal(part.x, path_graph.x[[2, 1]])
    assert part.y.tolist() == [1, 0]
    assert part.names == ["c", "b"]
    assert part.ages.tolist() == [2.0, 1.0]
    assert torch.equal(part.edge_attr, path_graph.edge_attr[[2, 3]])
    assert (part.title, part.level) == ("path", 3)
    assert part.n_id.tolist() == [2, 1]
    assert part.e_id.tolist() == [2, 3]
    assert path_graph.num_nodes == 5


def test_a_stated_number_of_nodes_follows():
    data = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=7)
    part = cut(data, torch.tensor([0, 1, 6]), data.edge_index, torch.tensor([0]))
    assert part.num_nodes == 3
