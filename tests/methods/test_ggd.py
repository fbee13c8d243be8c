import pytest
import torch
from torch.nn import functional as F
from torch_geometric.data import Batch, Data

from gcl.encoders import encode
from gcl.functional import shuffle_rows
from gcl.methods import GGD
from gcl.methods.ggd import GroupDiscrimination

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


@pytest.fixture
def graph():
    return Data(x=torch.rand(5, 8).double(), edge_index=EDGES)


def slow_loss(linear, h, h_corrupt):
    """Cross-entropy of 2N logits, each a sum over the channels of a linear map."""
    logits = torch.cat([linear(h).sum(1), linear(h_corrupt).sum(1)])
    labels = torch.cat([torch.ones(len(h)), torch.zeros(len(h))]).to(logits)
    return F.binary_cross_entropy_with_logits(logits, labels)


def test_loss_and_gradient_equal_those_of_all_channels():
    loss = GroupDiscrimination(4).double()
    views = [torch.randn(6, 4).double().requires_grad_() for _ in range(2)]
    inputs = [*views, *loss.parameters()]
    ours, slow = loss(*views), slow_loss(loss.linear, *views)
    torch.testing.assert_close(ours, slow)
    grads = [torch.autograd.grad(value, inputs) for value in (ours, slow)]
    torch.testing.assert_close(*grads)


def test_step_shuffles_the_masked_features(graph):
    method = GGD(8, out_channels=6, feature_mask=0.5).double()
    torch.manual_seed(3)
    loss = method.step(graph)
    torch.manual_seed(3)
    kept = torch.rand(8) >= 0.5
    x = graph.x * kept
    real, fake = (Data(x=v, edge_index=EDGES) for v in (x, shuffle_rows(x)[0]))
    h, h_corrupt = (encode(method.encoder, g) for g in (real, fake))
    torch.testing.assert_close(loss, slow_loss(method.loss.linear, h, h_corrupt))


@pytest.mark.parametrize("hops", [0, 1, 3])
def test_embeddings_add_their_propagation(graph, hops):
    method = GGD(8, out_channels=6, num_hops=hops).double()
    a = torch.eye(5).double().index_put((EDGES[1], EDGES[0]), torch.tensor(1.0).double())
    inv = a.sum(1).rsqrt().diag()
    h = method.encoder(graph.x, EDGES).detach()
    smooth = torch.linalg.matrix_power(inv @ a @ inv, hops) @ h
    expected = h + smooth if hops else h
    torch.testing.assert_close(method.embed(graph), expected)


def test_edge_weights_count_in_both_parts(graph):
    method, plain = GGD(8, out_channels=6).double(), graph.clone()
    graph.edge_weight = torch.arange(6).double() + 0.5
    assert not torch.allclose(method.embed(graph), method.embed(plain))


def test_sparse_features_give_the_same_step():
    x = (torch.rand(60, 300) < 0.02).float()
    data = Data(x=x, edge_index=torch.randint(0, 60, (2, 150)))
    method, seen = GGD(300, out_channels=64), []
    method.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].layout))
    losses = []
    for dense in (False, True):
        if dense:  # more than a twentieth: nothing is compressed
            method.encoder.layers[0].forward = dense_first(method.encoder.layers[0])
        torch.manual_seed(2)
        losses.append(method.step(data))
    assert seen == [torch.sparse_csr] * 2
    torch.testing.assert_close(*losses)


def dense_first(layer):
    forward = layer.forward
    return lambda x, adjacency: forward(x.to_dense(), adjacency)


def test_corruption_stays_within_each_graph_of_a_batch():
    graphs = [Data(x=torch.full((3, 4), float(i + 1)), edge_index=EDGES[:, :4]) for i in range(3)]
    method = GGD(4, out_channels=8, feature_mask=0.0)
    loss = method.step(Batch.from_data_list(graphs))
    h = encode(method.encoder, Batch.from_data_list(graphs))
    torch.testing.assert_close(loss, slow_loss(method.loss.linear, h, h))


def test_defaults_are_the_authors():
    encoder = GGD(4).encoder
    assert (encoder.num_layers, encoder.out_channels) == (1, 512)
    assert isinstance(encoder.activations[0], torch.nn.PReLU)
    assert GGD(4, out_channels=9, num_layers=3).encoder.hidden_channels == 9


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="num_hops must be at least 0, got -1"):
        GGD(4, num_hops=-1)
    with pytest.raises(ValueError, match="p must be .* got 2"):
        GGD(4, feature_mask=2)


def test_models_in_half_precision_have_a_loss_in_single():
    loss = GroupDiscrimination(4).bfloat16()
    views = [torch.randn(6, 4).bfloat16() for _ in range(2)]
    ours, slow = loss(*views), slow_loss(loss.float().linear, *(v.float() for v in views))
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, slow, rtol=1e-5, atol=1e-5)
