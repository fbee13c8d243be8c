import pytest
import torch
from torch_geometric.data import Data

from gcl.methods import SUGRL, sugrl

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])  # a path, and node 4 alone


@pytest.fixture
def graph():
    return Data(x=torch.rand(5, 8).double(), edge_index=EDGES)


def adjacency():
    a = torch.eye(5).double().index_put((EDGES[1], EDGES[0]), torch.tensor(1.0).double())
    inv = a.sum(1).rsqrt().diag()
    return inv @ a @ inv


def positives(method, graph):
    seen = []
    handle = method.loss.register_forward_pre_hook(lambda _, args: seen.append(args))
    method.step(graph)
    handle.remove()
    return seen[0]


def test_anchors_and_positives_equal_their_formulas(graph, monkeypatch):
    monkeypatch.setattr(sugrl, "_STRUCTURE_DROPOUT", 0.0)
    method = SUGRL(8, out_channels=6, dropout=0.0).double()
    lists = [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3], [4]]
    for step in (1, 2, 3):
        h, structural, neighbor = positives(method, graph)
        torch.testing.assert_close(h, method.encoder(graph.x))
        torch.testing.assert_close(structural, adjacency() @ h)
        own = [[row[(step + k) % len(row)] for k in (0, 2, 4, 6, 8)] for row in lists]
        torch.testing.assert_close(neighbor, h[torch.tensor(own)].mean(1))


def test_features_and_structure_are_thinned_in_training_only(graph):
    method = SUGRL(8, out_channels=6, dropout=0.5).double()
    first, second = positives(method, graph), positives(method, graph)
    assert not torch.allclose(first[0], second[0])
    assert not torch.allclose(first[1], adjacency() @ first[0])
    method.eval()
    h, structural, _ = positives(method, graph)
    torch.testing.assert_close(structural, adjacency() @ h)


def test_embeddings_are_propagated_and_of_length_one(graph):
    method = SUGRL(8, out_channels=6).double()
    expected = adjacency() @ method.encoder.eval()(graph.x)
    expected = expected / expected.norm(dim=1, keepdim=True)
    torch.testing.assert_close(method.embed(graph), expected.detach())


def test_the_last_layer_is_linear(graph):
    assert (SUGRL(8, out_channels=6).double().encoder(graph.x) < 0).any()
    assert SUGRL(8).encoder.hidden_channels == 512


def test_structure_is_prepared_once_for_each_graph(graph, monkeypatch):
    calls = []
    whole = sugrl._structure
    monkeypatch.setattr(sugrl, "_structure", lambda *t: calls.append(1) or whole(*t))
    method = SUGRL(8, out_channels=6).double()
    other = Data(x=graph.x, edge_index=EDGES[:, :2])
    for data in (graph, graph, graph.clone(), other, graph):
        method.step(data)
        method.embed(data)
    assert len(calls) == 2


def test_graphs_of_equal_edges_differ_in_their_nodes(graph):
    method = SUGRL(8, out_channels=6).double()
    method.step(graph)
    more = Data(x=torch.rand(9, 8).double(), edge_index=EDGES)
    assert method.embed(more).shape == (9, 6)


def test_sparse_features_give_the_same_anchors():
    x = (torch.rand(60, 300) < 0.02).float()
    data = Data(x=x, edge_index=torch.randint(0, 60, (2, 150)))
    method, seen = SUGRL(300, hidden_channels=64, out_channels=8, dropout=0.0), []
    method.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].layout))
    h = positives(method, data)[0]
    assert seen == [torch.sparse_csr]
    torch.testing.assert_close(h, method.encoder(x))
    h.sum().backward()
    assert method.encoder.layers[0].weight.grad.abs().sum() > 0


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="dropout must be a probability .* got 2"):
        SUGRL(8, dropout=2)
    with pytest.raises(ValueError, match="weights must hold 3 numbers"):
        SUGRL(8, weights=(1, 1))


def test_an_embedding_in_inference_mode_leaves_training_as_it_was(graph):
    method = SUGRL(8, out_channels=6).double()
    with torch.inference_mode():
        h = method.embed(graph)
    torch.testing.assert_close(method.embed(graph), h.clone())
    method.step(Data(x=graph.x, edge_index=EDGES.clone())).backward()


def test_gradients_reach_the_weights_of_edges_in_every_step(graph):
    graph.edge_weight = torch.rand(6).double().requires_grad_()
    method = SUGRL(8, out_channels=6).double()
    method.embed(graph)
    for _ in range(2):
        graph.edge_weight.grad = None
        method.step(graph).backward()
        assert graph.edge_weight.grad.abs().sum() > 0
