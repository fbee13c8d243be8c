import math

import pytest
import torch
from torch_geometric.data import Data

from gcl.functional.structure import (
    give_structural_features,
    refresh_structural_features,
    structural_features,
)

EDGES = torch.tensor([[0, 1, 0, 2], [1, 0, 2, 0]])


def test_degree_is_a_log_column():
    x = structural_features("degree", EDGES, 4)
    assert x.dtype == torch.float32
    assert x.flatten().tolist() == pytest.approx([math.log(3), math.log(2), math.log(2), 0])


def test_constant_and_identity():
    assert structural_features("constant", EDGES, 4).tolist() == [[1.0]] * 4
    assert torch.equal(structural_features("identity", EDGES, 4), torch.eye(4))


def test_bad_input():
    with pytest.raises(ValueError, match=r"features must be one of degree, .*got 'degre'"):
        structural_features("degre", EDGES, 4)
    with pytest.raises(ValueError, match="identity' is for at most 20000 nodes, got 20001"):
        structural_features("identity", EDGES, 20_001)


@pytest.mark.parametrize("kind", ["degree", "constant", "identity"])
def test_features_made_of_edges_follow_them(kind):
    data = Data(edge_index=torch.tensor([[0, 1, 1], [1, 0, 2]]), num_nodes=3)
    give_structural_features(data, kind)
    before = data.x
    data.edge_index = data.edge_index[:, :1]
    refresh_structural_features(data)
    assert torch.equal(data.x, structural_features(kind, data.edge_index, 3))
    assert torch.equal(data.x, before) is (kind != "degree")
