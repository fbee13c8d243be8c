import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch_geometric.data import Batch, Data

from gcl.augmenters import Diffusion
from gcl.encoders import GCN, encode
from gcl.functional import diffuse, gcn_adjacency
from gcl.methods import MVGRL
from gcl.methods import mvgrl as module
from gcl.methods.corruption import draw_order


@pytest.fixture
def graph():
    edge_index = torch.randint(9, (2, 14))
    edge_index = torch.cat([edge_index, edge_index.flip(0)], dim=1)
    return Data(x=torch.rand(9, 6), edge_index=edge_index)


def blocks(method, adjacency, diffusion, x, order):
    """The four blocks of the loss with dense matrices, by the formulas of the paper."""
    logits, labels = [], []
    h = {}
    for name, encoder, matrix in (
        (1, method.encoder, adjacency),
        (2, method.diffusion_encoder, diffusion),
    ):
        layer, slope = encoder.layers[0], encoder.activations[0]
        for fake, features in ((False, x), (True, x[order])):
            h[name, fake] = slope(matrix @ features @ layer.lin.weight.t() + layer.bias)
    for own, other in ((1, 2), (2, 1)):
        c = torch.sigmoid(h[other, False].mean(0))
        for fake in (False, True):
            logits.append(h[own, fake] @ method.loss.weight @ c + method.loss.bias)
            labels.append(torch.full((len(x),), 0.0 if fake else 1.0, dtype=x.dtype))
    return binary_cross_entropy_with_logits(torch.cat(logits), torch.cat(labels))


def dense(edge_index, weight, n):
    matrix = torch.zeros(n, n, dtype=weight.dtype)
    return matrix.index_put((edge_index[1], edge_index[0]), weight, accumulate=True)


@pytest.mark.parametrize("options", [{}, {"diffusion": "heat", "t": 2.0, "threshold": 0.01}])
def test_step_is_its_formula(graph, options):
    method = MVGRL(6, out_channels=5, top_k=None, **({"threshold": 1e-9} | options))
    method, x = method.double(), graph.x.double()
    kind = {"kind": options.get("diffusion", "ppr"), "t": options.get("t")}
    edges, weight = diffuse(
        graph.edge_index, 9, top_k=None, threshold=options.get("threshold", 1e-9), **kind
    )
    adjacency = gcn_adjacency(graph.edge_index, 9, dtype=torch.double) @ torch.eye(9).double()
    torch.manual_seed(5)
    order = draw_order(9, torch.device("cpu"))
    expected = blocks(method, adjacency, dense(edges, weight.double(), 9), x, order)
    torch.manual_seed(5)
    loss = method.step(Data(x=x, edge_index=graph.edge_index))
    torch.testing.assert_close(loss, expected)


def test_step_on_windows_is_the_mean_over_them(graph):
    method = MVGRL(6, out_channels=5, window=5, num_windows=3, threshold=1e-9)
    seen = []
    draw = method.draw
    method.draw = lambda g: seen.append(draw(g)) or seen[-1]
    loss = method.step(graph)
    view1, view2, order = seen[0]
    losses = []
    for i in range(3):
        own = view1.batch == i
        parts = []
        for view, make in ((view1, cut_and_normalised), (view2, cut)):
            parts.append(make(view, i))
        local = order[own] - 5 * i
        assert torch.equal(local, order[:5])  # windows are corrupted alike
        losses.append(blocks(method, *parts, view1.x[own], local))
    torch.testing.assert_close(loss, torch.stack(losses).mean())


def cut(view, i):
    own = view.batch[view.edge_index[0]] == i
    return dense(view.edge_index[:, own] - 5 * i, view.edge_weight[own], 5)


def cut_and_normalised(view, i):
    own = view.batch[view.edge_index[0]] == i
    return gcn_adjacency(view.edge_index[:, own] - 5 * i, 5) @ torch.eye(5)


def test_windows_show_the_same_nodes_in_both_views(graph):
    view1, view2, _ = MVGRL(6, out_channels=5, window=4).draw(graph)
    assert torch.equal(view1.x, view2.x)
    assert view1.batch.bincount().tolist() == [4] * 4
    whole = MVGRL(6, out_channels=5, window=9).draw(graph)
    assert whole[0] is graph


def test_embedding_is_the_sum_of_two_encoders(graph):
    method = MVGRL(6, out_channels=5)
    view = Diffusion()(graph)
    expected = encode(method.encoder, graph) + encode(method.diffusion_encoder, view)
    torch.testing.assert_close(method.embed(graph), expected.detach())


def test_encoders_share_no_weights(graph):
    given = GCN(6, 8, 5)
    for method in (MVGRL(6, out_channels=5), MVGRL(encoder=given)):
        own, other = method.encoder, method.diffusion_encoder
        assert not torch.equal(own.layers[0].lin.weight, other.layers[0].lin.weight)
        assert not {id(p) for p in own.parameters()} & {id(p) for p in other.parameters()}
    assert method.encoder is given
    assert method.diffusion_encoder.normalize
    assert not MVGRL(6).diffusion_encoder.normalize
    assert MVGRL(6).encoder.normalize


def test_diffusion_is_computed_once(graph):
    method, calls = MVGRL(6, out_channels=5), []
    function = method.diffusion._diffused.function
    method.diffusion._diffused.function = lambda *args: calls.append(args) or function(*args)
    for _ in range(3):
        method.step(graph)
    method.embed(graph)
    assert len(calls) == 1


@pytest.mark.parametrize("options", [{}, {"window": 20}])
def test_sparse_features_give_the_same_step(options, monkeypatch):
    x = (torch.rand(40, 300) < 0.02).float()
    data = Data(x=x, edge_index=torch.randint(40, (2, 100)))
    method, losses, layouts = MVGRL(300, out_channels=64, **options), [], []
    method.encoder.register_forward_pre_hook(lambda _, args: layouts.append(args[0].layout))
    for compress in (module.with_sparse_features, lambda batch, *_: batch):
        monkeypatch.setattr(module, "with_sparse_features", compress)
        torch.manual_seed(2)
        losses.append(method.step(data).item())
    assert layouts == [torch.sparse_csr, torch.strided]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_normalisation_sees_real_and_corrupted_nodes_together(graph):
    method, calls = MVGRL(encoder=GCN(6, 8, 8, 1, norm="batch")), []
    for encoder in (method.encoder, method.diffusion_encoder):
        encoder.norms[0].register_forward_pre_hook(lambda _, args: calls.append(len(args[0])))
    method.step(graph)
    assert calls == [18, 18]


def test_defaults_are_the_papers():
    method = MVGRL(4)
    for encoder in (method.encoder, method.diffusion_encoder):
        assert (encoder.num_layers, encoder.out_channels) == (1, 512)
        assert isinstance(encoder.activations[0], nn.PReLU)
    assert repr(method.diffusion) == "Diffusion(kind='ppr')"
    assert MVGRL(4, window=2000).num_windows == 4


def test_bad_arguments_are_named(graph):
    with pytest.raises(ValueError, match="num_windows must be None without window, got 2"):
        MVGRL(6, num_windows=2)
    with pytest.raises(ValueError, match="window must be at least 1, got 0"):
        MVGRL(6, window=0)
    with pytest.raises(ValueError, match="kind must be one of ppr, heat; got 'heta'"):
        MVGRL(6, diffusion="heta")
    with pytest.raises(ValueError, match="t must be None with kind='ppr'"):
        MVGRL(6, t=3.0)
    method = MVGRL(6, out_channels=5, window=4)
    with pytest.raises(
        ValueError, match="window must be None for mini-batches .*got one with 'batch',"
    ):
        method.step(Batch.from_data_list([graph, graph]))
    graph.batch_size = 3
    with pytest.raises(
        ValueError, match="window must be None for mini-batches .*got one with 'batch_size',"
    ):
        method.step(graph)


def test_an_encoder_that_cannot_be_drawn_anew_is_refused():
    class Fixed(nn.Module):
        out_channels = 4

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(6, 4))

    with pytest.raises(ValueError, match="encoder must give a second, other one: nothing in Fixed"):
        MVGRL(encoder=Fixed())
