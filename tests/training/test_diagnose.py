import pytest
import torch
from torch import nn
from torch_geometric.data import HeteroData

from gcl.training.diagnose import explain_gradient, explain_loss, first_not_finite

NAN = float("nan")


def explain(method, batch):
    return explain_loss(f"the loss is {NAN}", 12, method, batch, 0.01)


def test_input_comes_first(graph):
    layer = nn.Linear(3, 1)
    nn.init.constant_(layer.bias, NAN)
    graph.x[1, 2] = NAN
    assert explain(layer, graph) == (
        "the loss is nan at epoch 12; the input x has NaN or infinite entries"
    )


@pytest.mark.parametrize("name", ["edge_weight", "edge_attr"])
def test_edge_inputs(graph, name):
    graph[name] = torch.tensor([1.0, float("inf")])
    assert f"the input {name} has" in explain(nn.Linear(3, 1), graph)


def test_other_attributes_may_be_nan(graph):
    graph.y = torch.tensor([NAN])
    assert "input and weights are finite" in explain(nn.Linear(3, 1), graph)


def test_sparse_and_typed_inputs(graph):
    graph.x = torch.tensor([[0.0, NAN]]).to_sparse()
    assert "the input x has" in explain(nn.Linear(3, 1), graph)
    hetero = HeteroData()
    hetero["paper"].x = torch.tensor([NAN])
    assert "the input paper.x has" in explain(nn.Linear(3, 1), hetero)


@pytest.mark.filterwarnings("ignore:Sparse CSR")
def test_compressed_input(graph):
    graph.x = torch.tensor([[0.0, NAN]]).to_sparse_csr()
    assert "the input x has" in explain(nn.Linear(3, 1), graph)


def test_then_the_weights(graph):
    layer = nn.Sequential(nn.Linear(3, 1), nn.Linear(1, 1))
    nn.init.constant_(layer[1].weight, NAN)
    assert "; 1.weight of the method has NaN" in explain(layer, graph)


def test_then_rate_and_temperature(graph):
    text = explain(nn.Linear(3, 1), graph)
    assert "overflowed: lower lr (now 0.01), set grad_clip, or raise the temperature" in text


def test_gradient():
    layer = nn.Linear(1, 1)
    assert explain_gradient(1.0, 2, layer, 0.1) is None
    layer.bias.grad = torch.tensor([NAN])
    assert "the gradient of bias has NaN" in explain_gradient(1.0, 2, layer, 0.1)


def test_first_not_finite():
    named = {"a": torch.ones(1), "b": torch.tensor([1]), "c": None, "d": torch.tensor([-torch.inf])}
    assert first_not_finite(named.items()) == "d"
    assert first_not_finite([]) is None
