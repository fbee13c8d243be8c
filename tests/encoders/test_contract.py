"""One generic case per encoder, and the ways a method gets its encoder."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GraphSAGE

from gcl import encoders
from gcl.encoders import GCN, MLP, SAGE, build_encoder, encode
from gcl.encoders.base import StackedEncoder
from gcl.registry import classes

STACKS = [c for c in classes(encoders).values() if issubclass(c, StackedEncoder)]
EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])  # 0-1-2, node 3 isolated


@pytest.fixture(params=STACKS, ids=lambda c: c.__name__)
def stack(request):
    return request.param


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph"])
def test_shapes_and_gradients(stack, num_layers, norm):
    encoder = stack(5, 8, 6, num_layers, norm=norm, activation="prelu", skip=True)
    out = encoder(torch.randn(4, 5), EDGES)
    assert out.shape == (4, 6)
    out.square().sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())


@pytest.mark.parametrize("norm", [None, "batch", "graph"])
def test_computes_on_the_device_of_the_nodes(stack, norm, device):
    encoder = stack(5, 8, 6, norm=norm, activation="prelu", dropout=0.2).to(device)
    out = encoder(torch.randn(4, 5, device=device), EDGES.to(device))
    out.sum().backward()
    assert {t.device.type for t in (out, *(p.grad for p in encoder.parameters()))} == {device}


def test_nodes_may_be_relabelled(stack):
    encoder, x, order = stack(5, 8, 6), torch.randn(4, 5), torch.tensor([2, 0, 3, 1])
    place = order.argsort()
    torch.testing.assert_close(encoder(x[order], place[EDGES]), encoder(x, EDGES)[order])


def test_graph_without_edges_or_nodes(stack):
    encoder, none = stack(5, 8, 6), torch.empty(2, 0, dtype=torch.long)
    assert torch.isfinite(encoder(torch.randn(4, 5), none)).all()
    assert encoder(torch.randn(0, 5), none).shape == (0, 6)


def test_one_shared_slope_for_all_layers(stack):
    encoder = stack(5, 8, 6, 3, activation="prelu")
    assert sum(isinstance(m, nn.PReLU) for m in encoder.modules()) == 1


def test_last_layer_is_active_on_request(stack):
    x = torch.randn(50, 5)
    edges = torch.randint(0, 50, (2, 100))
    assert (stack(5, 8, 6)(x, edges) >= 0).all()
    assert (stack(5, 8, 6, activate_last=False)(x, edges) < 0).any()


def test_skip_adds_the_input_of_equal_width(stack):
    torch.manual_seed(3)
    plain = stack(6, 6, 6, 1)
    torch.manual_seed(3)
    skipping = stack(6, 6, 6, 1, skip=True)
    x = torch.randn(4, 6)
    torch.testing.assert_close(skipping(x, EDGES), plain(x, EDGES) + x)


def test_dropout_only_in_training(stack):
    encoder, x = stack(5, 8, 6, dropout=0.5), torch.rand(4, 5)
    assert not torch.equal(encoder(x, EDGES), encoder(x, EDGES))
    encoder.eval()
    assert torch.equal(encoder(x, EDGES), encoder(x, EDGES))


def test_features_may_have_a_dropout_of_their_own(stack):
    seen = []
    encoder = stack(5, 8, 6, dropout=0.5, input_dropout=0.0)
    for drop in (encoder.input_dropout, encoder.dropout):
        drop.register_forward_hook(lambda _, x, out: seen.append(torch.equal(x[0], out)))
    encoder(torch.rand(40, 5) + 1, EDGES)
    assert seen == [True, False]
    assert stack(5, 8, 6, dropout=0.3).input_dropout.p == 0.3


def test_reset_draws_new_weights(stack):
    encoder, x = stack(5, 8, 6), torch.rand(4, 5)
    before = encoder(x, EDGES)
    encoder.reset_parameters()
    assert not torch.allclose(before, encoder(x, EDGES))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels must be at least 1, got 0"),
        ({"num_layers": 0}, "num_layers must be at least 1, got 0"),
        ({"activation": "rleu"}, r"activation must be one of .*got 'rleu' \(did you mean relu"),
        ({"norm": "instance"}, "norm must be one of batch, layer, graph; got 'instance'"),
        ({"dropout": 1.5}, r"dropout must be a probability in \[0, 1\], got 1.5"),
        ({"input_dropout": -1}, r"input_dropout must be a probability in \[0, 1\], got -1"),
    ],
)
def test_bad_options_are_named(stack, options, message):
    sizes = {"in_channels": 5, "hidden_channels": 8, "out_channels": 6}
    with pytest.raises(ValueError, match=message):
        stack(**(sizes | options))


def test_bad_features_are_named(stack):
    with pytest.raises(ValueError, match="x must have 5 columns, got 4"):
        stack(5, 8, 6)(torch.ones(3, 4), EDGES)
    with pytest.raises(TypeError, match="x must have a floating-point dtype"):
        stack(5, 8, 6)(torch.ones(3, 5, dtype=torch.long), EDGES)


def test_edge_weights_count_or_are_refused(stack):
    encoder, x, weight = stack(5, 8, 6), torch.randn(4, 5), torch.tensor([1.0, 1.0, 9.0, 9.0])
    if stack is GCN:
        assert not torch.allclose(encoder(x, EDGES, weight), encoder(x, EDGES))
    elif stack is MLP:
        assert torch.equal(encoder(x, EDGES, weight), encoder(x))
    else:
        with pytest.raises(ValueError, match=f"edge_weight must be None: {stack.__name__}"):
            encoder(x, EDGES, weight)


def test_gcn_equals_its_formula():
    encoder, x = GCN(5, 8, 6, 1, activation="identity").double(), torch.randn(4, 5).double()
    a = torch.eye(4).double().index_put((EDGES[1], EDGES[0]), torch.tensor(1.0).double())
    inv = a.sum(1).rsqrt().diag()
    layer = encoder.layers[0]
    expected = inv @ a @ inv @ x @ layer.lin.weight.t() + layer.bias
    torch.testing.assert_close(encoder(x, EDGES), expected)


def test_heads():
    h = torch.randn(3, 16)
    assert encoders.ProjectionHead(16)(h).shape == (3, 16)
    assert encoders.ProjectionHead(16, 4, 2)(h).shape == (3, 2)
    assert encoders.PredictionHead(16, 4)(h).shape == (3, 16)
    with pytest.raises(ValueError, match="hidden_channels must be at least 1, got 0"):
        encoders.ProjectionHead(16, 0)


class TestBuild:
    defaults = {"out_channels": 6, "num_layers": 2, "activation": "relu"}

    def test_name_takes_defaults_for_what_is_none(self):
        sizes = {"in_channels": 5, "hidden_channels": None, "num_layers": 3}
        encoder, width = build_encoder("SAGE", sizes, self.defaults)
        assert isinstance(encoder, SAGE)
        assert (encoder.hidden_channels, encoder.num_layers, width) == (12, 3, 6)

    def test_any_pyg_model_drops_in(self):
        model = GraphSAGE(5, 8, 2, 7)
        encoder, width = build_encoder(model, {"in_channels": None}, self.defaults)
        assert encoder is model
        assert width == 7

    def test_module_without_width_needs_one(self):
        module = nn.Linear(5, 3)
        assert build_encoder(module, {"out_channels": 3}, {})[1] == 3
        with pytest.raises(ValueError, match=r"out_channels must be given: Linear .* got None"):
            build_encoder(module, {}, {})

    def test_ignored_sizes_are_an_error(self):
        with pytest.raises(ValueError, match=r"sizes of its own; num_layers=2 would be ignored"):
            build_encoder(GCN(5, 8, 6), {"num_layers": 2}, self.defaults)
        sizes = {"in_channels": 5, "hidden_channels": 7, "num_layers": 1}
        with pytest.raises(ValueError, match="hidden_channels=7 would be ignored: num_layers is 1"):
            build_encoder("gcn", sizes, self.defaults)

    def test_unknown_name_and_type(self):
        with pytest.raises(ValueError, match=r"unknown encoder: got 'gcm' \(did you mean gcn"):
            build_encoder("gcm", {"in_channels": 5}, self.defaults)
        with pytest.raises(ValueError, match="in_channels must be given"):
            build_encoder("gcn", {"in_channels": None}, self.defaults)
        with pytest.raises(ValueError, match="out_channels must be at least 1, got 0"):
            build_encoder("gcn", {"in_channels": 5, "out_channels": 0}, self.defaults)
        with pytest.raises(TypeError, match="encoder must be a name or a module, got 3"):
            build_encoder(3, {}, self.defaults)


def test_encode_passes_edge_weights_on():
    encoder, x = GCN(5, 8, 6), torch.randn(4, 5)
    weight = torch.tensor([1.0, 1.0, 9.0, 9.0])
    data = Data(x=x, edge_index=EDGES, edge_weight=weight)
    assert torch.equal(encode(encoder, data), encoder(x, EDGES, weight))
    with pytest.raises(ValueError, match="data must have 'x'"):
        encode(encoder, Data(edge_index=EDGES, num_nodes=4))


def test_each_layer_learns_its_own_slope_on_request(stack):
    encoder = stack(5, 8, 6, 3, activation="prelu", shared_activation=False)
    assert sum(isinstance(m, nn.PReLU) for m in encoder.modules()) == 3
    encoder(torch.randn(4, 5), EDGES).sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())


def test_rrelu_has_its_mean_slope(stack):
    encoder, linear = (stack(5, 8, 6, 1, activation=name) for name in ("rrelu", "identity"))
    encoder.load_state_dict(linear.state_dict())
    x = torch.randn(4, 5)
    expected = nn.functional.rrelu(linear(x, EDGES), training=False)
    torch.testing.assert_close(encoder(x, EDGES), expected)


def test_momentum_of_running_statistics(stack):
    encoder = stack(5, 8, 6, 1, norm="batch", norm_momentum=1.0)
    for _ in range(2):  # the statistics are those of the latest batch alone
        x = torch.randn(40, 5)
        encoder(x, EDGES)
    linear = stack(5, 8, 6, 1, activation="identity")
    linear.load_state_dict(encoder.state_dict(), strict=False)
    mean = linear(x, EDGES).mean(0)
    torch.testing.assert_close(encoder.norms[0].module.running_mean, mean)
    with pytest.raises(ValueError, match="norm_momentum=0.5 would be ignored: norm is 'layer'"):
        stack(5, 8, 6, norm="layer", norm_momentum=0.5)


def test_features_of_another_dtype_are_named_outside_of_autocast(stack):
    edge_index = torch.tensor([[0, 1], [1, 0]])
    encoder = stack(8, 16, 4)
    message = r"x must have dtype torch.float32, that of the weights, got .*torch.float64"
    with pytest.raises(TypeError, match=message):
        encoder(torch.rand(3, 8, dtype=torch.float64), edge_index)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert encoder(torch.rand(3, 8).bfloat16(), edge_index).shape == (3, 4)
