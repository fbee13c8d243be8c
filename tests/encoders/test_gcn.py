import pytest
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv

from gcl.encoders import GCN, GIN, SAGE, encode
from gcl.encoders import gcn as module
from gcl.functional import locality_order
from gcl.functional.low_rank import LowRank
from gcl.functional.sparse_features import compress

EDGES = torch.tensor([[0, 1, 1, 2, 2], [1, 0, 2, 1, 2]])


class Reference(nn.Module):
    """The same stack of PyG's own layers, with the same weights."""

    def __init__(self, encoder):
        super().__init__()
        self.layers = nn.ModuleList(
            GCNConv(layer.lin.in_channels, layer.lin.out_channels) for layer in encoder.layers
        )
        self.to(encoder.layers[0].bias.dtype).load_state_dict(encoder.state_dict())

    def forward(self, x, edge_index, edge_weight=None):
        for layer in self.layers:
            x = layer(x, edge_index, edge_weight).relu()
        return x


@pytest.mark.parametrize("widths", [(5, 8, 6), (20, 8, 6), (200, 100, 64)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("density", [0.03, 1.0])
def test_equals_gcn_conv_in_value_and_gradients(widths, weighted, density):
    encoder = GCN(*widths).double()
    for layer in encoder.layers:
        nn.init.normal_(layer.bias)
    reference = Reference(encoder)
    x = torch.randn(40, widths[0]).double() * (torch.rand(40, widths[0]) < density)
    edges = torch.randint(0, 38, (2, 90))
    weight = torch.rand(90).double() if weighted else None
    ours, theirs = encoder(x, edges, weight), reference(x, edges, weight)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    grad = torch.randn_like(ours)
    ours.backward(grad)
    theirs.backward(grad)
    for p, q in zip(encoder.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-10)


def test_gradients_reach_features_and_weights_of_edges():
    encoder = GCN(20, 8, 6)
    x, weight = torch.randn(3, 20, requires_grad=True), torch.rand(5, requires_grad=True)
    encoder(x, EDGES, weight).sum().backward()
    twin_x, twin = x.detach().requires_grad_(), weight.detach().requires_grad_()
    Reference(encoder)(twin_x, EDGES, twin).sum().backward()
    torch.testing.assert_close(x.grad, twin_x.grad)
    torch.testing.assert_close(weight.grad, twin.grad)


def test_weights_start_as_those_of_gcn_conv():
    encoder = GCN(300, 200, 64)
    for layer in encoder.layers:
        bound = (6 / sum(layer.lin.weight.shape)) ** 0.5
        assert layer.lin.weight.abs().max().item() == pytest.approx(bound, rel=0.01)
        assert layer.lin.weight.mean().abs() < 0.02 * bound
        assert not layer.bias.any()
    nn.init.ones_(encoder.layers[0].bias)
    encoder.reset_parameters()
    assert not encoder.layers[0].bias.any()


def test_adjacency_is_normalised_once_for_all_layers(monkeypatch):
    calls = []
    original = module.gcn_adjacency
    monkeypatch.setattr(
        module, "gcn_adjacency", lambda *a, **o: calls.append(1) or original(*a, **o)
    )
    GCN(5, 8, 6, 3)(torch.randn(3, 5), EDGES)
    assert calls == [1]


def sparse_features():
    return (torch.rand(40, 200) < 0.02).float()


def test_sparse_features_are_multiplied_sparsely(monkeypatch):
    calls = []
    original = module.as_matrix
    monkeypatch.setattr(module, "as_matrix", lambda x: calls.append(x.layout) or original(x))
    GCN(200, 100, 64)(sparse_features(), EDGES)
    assert calls == [torch.sparse_csr]
    GCN(200, 100, 64)(torch.rand(40, 200), EDGES)  # dense
    GCN(200, 8, 6)(sparse_features(), EDGES)  # too narrow to gain
    GCN(200, 300, 64)(sparse_features(), EDGES)  # propagates the features
    assert len(calls) == 1


@pytest.mark.parametrize("options", [{}, {"dropout": 0.3}, {"skip": True}, {"norm": "batch"}])
@pytest.mark.parametrize("widths", [(200, 100, 64), (200, 8, 6), (200, 200, 200), (200, 300, 6)])
def test_csr_features_give_what_dense_ones_give(options, widths):
    encoder, x = GCN(*widths, **options), sparse_features()
    torch.manual_seed(1)
    dense = encoder(x, EDGES)
    torch.manual_seed(1)
    torch.testing.assert_close(encoder(compress(x), EDGES), dense)
    encoder.eval()
    data = Data(x=compress(x), edge_index=EDGES)
    torch.testing.assert_close(encode(encoder, data), encoder(x, EDGES))


def test_who_gains_from_sparse_features():
    assert GCN(200, 100, 64).reads_sparse
    assert not GCN(200, 8, 6).reads_sparse
    assert not GCN(200, 300, 64).reads_sparse
    assert not GCN(200, 100, 64, dropout=0.1).reads_sparse
    assert not GCN(200, 100, 64, skip=True).reads_sparse


def test_edges_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\).*got 2"):
        GCN(5, 8, 6)(torch.ones(2, 5), EDGES)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("widths", [(5, 8, 6), (200, 100, 64)])
def test_an_order_of_the_nodes_is_undone(widths, sparse):
    encoder = GCN(*widths).double()
    x = torch.randn(30, widths[0]).double() * (torch.rand(30, widths[0]) < 0.1)
    x = x.to_sparse_csr() if sparse else x.requires_grad_()
    edges, weight = torch.randint(0, 30, (2, 80)), torch.rand(80).double().requires_grad_()
    inputs = [weight, *encoder.parameters(), *([] if sparse else [x])]
    grad = torch.randn(30, widths[-1]).double()
    results = []
    for order in (None, locality_order(edges, 30)):
        h = encoder(x, edges, weight, order=order)
        results.append((h, *torch.autograd.grad(h, inputs, grad)))
    for ours, plain in zip(*results, strict=True):
        torch.testing.assert_close(ours, plain)


def test_an_order_is_used(monkeypatch):
    seen, original = [], module.gcn_adjacency

    def adjacency(edges, *args, **options):
        seen.append(edges)
        return original(edges, *args, **options)

    monkeypatch.setattr(module, "gcn_adjacency", adjacency)
    GCN(5, 8, 6)(torch.randn(3, 5), EDGES, order=torch.tensor([2, 0, 1]))
    assert torch.equal(seen[0], torch.tensor([1, 2, 0])[EDGES])


@pytest.mark.parametrize(
    ("order", "error", "message"),
    [
        (torch.tensor([0, 1, 1]), ValueError, "order must hold each of the nodes 0 to 2 once"),
        (torch.tensor([0, 1]), ValueError, r"order must hold each.*\[2\]"),
        (torch.tensor([0.0, 1.0, 2.0]), TypeError, r"order must be an int64 tensor \[3\]"),
    ],
)
def test_bad_orders_are_named(order, error, message):
    with pytest.raises(error, match=message):
        GCN(5, 8, 6)(torch.randn(3, 5), EDGES, order=order)


def test_without_normalisation_weights_count_as_they_are():
    edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 2]])
    weight = torch.tensor([2.0, 3.0, 0.5, 7.0])
    encoder, x = GCN(5, 8, 6, 1, activation="identity", normalize=False), torch.randn(4, 5)
    matrix = torch.zeros(4, 4).index_put((edge_index[1], edge_index[0]), weight)
    layer = encoder.layers[0]
    expected = matrix @ x @ layer.lin.weight.t() + layer.bias
    torch.testing.assert_close(encoder(x, edge_index, weight), expected)
    ones = matrix.ne(0).float() @ x @ layer.lin.weight.t() + layer.bias
    torch.testing.assert_close(encoder(x, edge_index), ones)
    with pytest.raises(TypeError, match="normalize must be True or False, got 1"):
        GCN(5, 8, 6, normalize=1)


class TestLowRank:
    @pytest.fixture
    def factors(self):
        return LowRank(torch.randn(4, 2), torch.rand(2), torch.randn(4, 2))

    def test_layers_multiply_by_it(self, factors):
        encoder, x = GCN(5, 8, 6), torch.randn(4, 5)
        dense = factors @ torch.eye(4)
        edge_index = dense.nonzero().flip(1).t()
        weight = dense[edge_index[1], edge_index[0]]
        same = GCN(5, 8, 6, normalize=False)
        same.load_state_dict(encoder.state_dict())
        torch.testing.assert_close(encoder(x, factors), same(x, edge_index, weight))
        encoder(x, factors).sum().backward()
        assert all(p.grad is not None for p in encoder.parameters())

    def test_misuse_is_named(self, factors):
        encoder, x = GCN(5, 8, 6), torch.randn(4, 5)
        with pytest.raises(ValueError, match="edge_weight must be None with an adjacency of low"):
            encoder(x, factors, torch.ones(3))
        with pytest.raises(ValueError, match="order must be None with an adjacency of low rank"):
            encoder(x, factors, order=torch.arange(4))
        with pytest.raises(ValueError, match=r"must be 3 x 3, got \(4, 4\)"):
            encoder(x[:3], factors)
        for other in (SAGE(5, 8, 6), GIN(5, 8, 6)):
            with pytest.raises(TypeError, match="cannot propagate along an adjacency of low rank"):
                other(x, factors)
