import math

import pytest
import torch

from gcl.datasets.structure import structural_features

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
