import pytest
import torch
from support.slow_encoder import adjacency, gcn, head, prelu
from torch import nn
from torch.nn.functional import cosine_similarity
from torch_geometric.data import Data

from gcl.methods import AFGRL

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


@pytest.fixture
def graph():
    return Data(x=torch.rand(8, 5), edge_index=EDGES)


def test_step_is_the_loss_of_the_formula(graph):
    method = AFGRL(5, out_channels=4, num_clusters=3, fresh_target=True)
    pairs = []
    find = method.positives
    method.positives = lambda *args: pairs.append(find(*args)) or pairs[0]
    loss = method.step(graph).item()
    q = head(method.predictor, gcn(method.encoder, graph.x, EDGES))
    y = gcn(method.target.module, graph.x, EDGES)
    terms = [
        4 - 2 * cosine_similarity(q[i], y[j], dim=0) - 2 * cosine_similarity(q[j], y[i], dim=0)
        for i, j in pairs[0].t().tolist()
    ]
    assert len(terms) > 8  # not only every node with itself
    assert loss == pytest.approx(sum(terms).item() / len(terms), abs=1e-5)


def test_positives_come_from_the_encoder_and_the_targets_embeddings(graph):
    method, seen = AFGRL(5, out_channels=4, num_clusters=3, fresh_target=True), []
    find = method.positives
    method.positives = lambda *args: seen.append(args) or find(*args)
    method.step(graph)
    h, y, edges = seen[0]
    torch.testing.assert_close(h.double(), gcn(method.encoder, graph.x, EDGES), rtol=0, atol=1e-5)
    target = gcn(method.target.module, graph.x, EDGES)
    torch.testing.assert_close(y.double(), target, rtol=0, atol=1e-5)
    assert edges is graph.edge_index


def test_target_starts_as_an_exact_copy():
    method = AFGRL(5, out_channels=4)
    for name, tensor in method.encoder.state_dict().items():
        assert torch.equal(method.target.module.state_dict()[name], tensor)


def test_frozen_norms_keep_what_the_first_step_measured(graph):
    method, seen = AFGRL(5, out_channels=4, num_clusters=3), []
    find = method.positives
    method.positives = lambda *args: seen.append(args) or find(*args)
    layer, momentum = method.encoder.layers[0], 0.01
    z = adjacency(EDGES, 8) @ graph.x.double() @ layer.lin.weight.double().t() + layer.bias.double()
    variance = 1 - momentum + momentum * z.var(0)
    frozen = (z - momentum * z.mean(0)) / (variance + 1e-5).sqrt()
    expected = [gcn(method.encoder, graph.x, EDGES), prelu(frozen, 0.25), prelu(frozen, 0.25)]
    for step in range(3):
        loss = method.step(graph)
        for embedding in seen[step][:2]:  # the encoder's and its copy's
            torch.testing.assert_close(embedding.double(), expected[step], rtol=0, atol=1e-5)
    loss.backward()
    assert layer.lin.weight.grad.abs().sum() > 0
    assert method.training
    assert method.predictor.training
    for norm in (method.encoder.norms[0], method.predictor.net[1]):
        assert norm.module.num_batches_tracked == 1


def test_norms_that_are_not_frozen_measure_every_step(graph):
    method = AFGRL(5, out_channels=4, num_clusters=3, frozen_norm=False)
    for _ in range(3):
        method.step(graph)
    assert method.encoder.norms[0].module.num_batches_tracked == 3


def test_edges_beyond_the_seeds_of_a_batch_do_no_harm(graph):
    graph.batch_size = 3
    method, seen = AFGRL(5, out_channels=4, num_neighbors=8, num_clusters=3), []
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(args))
    method.step(graph).backward()
    q, y, pairs = seen[0]
    assert len(q) == len(y) == 3
    assert int(pairs.max()) < 3


def test_defaults_are_those_of_the_authors_code():
    method = AFGRL(8)
    encoder = method.encoder
    assert (encoder.num_layers, encoder.out_channels) == (1, 512)
    assert encoder.norms[0].module.momentum == 0.01
    assert [type(m).__name__ for m in method.predictor.net] == [
        "Linear",
        "BatchNorm",
        "PReLU",
        "Linear",
    ]
    assert method.predictor.net[0].out_features == 1024
    assert isinstance(encoder.activations[0], nn.PReLU)
    assert method.momentum_after(1) == pytest.approx(0.9)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="num_neighbors must be at least 1, got 0"):
        AFGRL(8, num_neighbors=0)
    with pytest.raises(TypeError, match="num_clusters must be an integer, got 2.5"):
        AFGRL(8, num_clusters=2.5)
    with pytest.raises(TypeError, match="frozen_norm must be .* got 1"):
        AFGRL(8, frozen_norm=1)
