import copy
import math

import pytest
import torch
from torch.func import functional_call
from torch_geometric import EdgeIndex
from torch_geometric.data import Batch, Data, HeteroData
from torch_geometric.nn import GCNConv

from gcl.augmenters import EdgeDrop, LearnableEdgeDrop
from gcl.encoders import GCN, GIN
from gcl.functional import gcn_propagate, relaxed_bernoulli

NOTHING = torch.empty(2, 0, dtype=torch.long)


def seeded(seed=5):
    return torch.Generator().manual_seed(seed)


def build(channels=3, **options):
    return LearnableEdgeDrop(GCN(channels, 6, 4), hidden_channels=5, **options)


@pytest.fixture
def graph(path_graph):
    """The path 0-1-2-3 and node 4 without edges, in float64 and without weights."""
    x = torch.randn(5, 3, dtype=torch.float64)
    return Data(x=x, edge_index=path_graph.edge_index, y=path_graph.y)


def test_equals_the_formula_edge_by_edge(graph):
    augment = build(temperature=0.6, margin=0.02, generator=seeded()).double()
    view = augment(graph)
    h = augment.encoder(graph.x, graph.edge_index)
    draws = torch.rand(6, dtype=torch.float64, generator=seeded())
    scorer = augment.scorer
    for k, (i, j) in enumerate(graph.edge_index.t().tolist()):
        omega = scorer.last(scorer.first(torch.cat([h[i], h[j]])).relu()).item()
        delta = 0.02 + 0.96 * draws[k].item()
        power = (math.log(delta) - math.log(1 - delta) + omega) / 0.6
        assert view.edge_weight[k].item() == pytest.approx(1 / (1 + math.exp(-power)), rel=1e-10)
    assert view.edge_index is graph.edge_index
    assert torch.equal(view.edge_keep, view.edge_weight)


def test_gradient_of_a_loss_reaches_every_weight_of_the_view_learner(graph):
    augment, judge = build(undirected=True).double(), GCN(3, 6, 4).double()
    names, values = zip(*augment.named_parameters(), strict=True)

    def loss(*weights):
        augment.generator = seeded()
        view = functional_call(augment, dict(zip(names, weights, strict=True)), (graph,))
        z = judge(view.x, view.edge_index, view.edge_weight)
        return z.square().sum() - 0.5 * augment.drop_ratio(view)

    assert torch.autograd.gradcheck(loss, values, fast_mode=True)
    for name, grad in zip(names, torch.autograd.grad(loss(*values), values), strict=True):
        assert grad.abs().sum() > 0, name


def test_weights_that_the_graph_has_are_multiplied_and_read_by_the_encoder(path_graph):
    augment = build(generator=seeded())
    view = augment(path_graph)
    logits = augment.logits(path_graph)
    keep = relaxed_bernoulli(logits, generator=seeded())
    assert torch.equal(view.edge_keep, keep)
    assert torch.equal(view.edge_weight, keep * path_graph.edge_weight)
    path_graph.edge_weight = torch.ones(6)
    assert not torch.allclose(augment.logits(path_graph), logits)


def test_labels_and_masks_never_enter(path_graph):
    augment = build()
    other = path_graph.clone()
    other.y, other.train_mask = 1 - path_graph.y, ~path_graph.train_mask
    assert torch.equal(augment.logits(path_graph), augment.logits(other))
    augment.generator = seeded()
    weights = augment(path_graph).edge_weight
    augment.generator = seeded()
    del other.y, other.train_mask
    assert torch.equal(augment(other).edge_weight, weights)
    seen = []
    augment.encoder.register_forward_pre_hook(
        lambda module, arguments, options: seen.append((arguments, options)), with_kwargs=True
    )
    augment(path_graph)
    ((arguments, options),) = seen
    assert [a is b for a, b in zip(arguments, (path_graph.x, path_graph.edge_index), strict=True)]
    assert options == {"edge_weight": path_graph.edge_weight}


def test_the_order_of_the_nodes_does_not_matter(graph):
    augment = build(undirected=True).double()
    order = torch.randperm(5)
    moved = Data(x=graph.x[order], edge_index=order.argsort()[graph.edge_index])
    assert torch.allclose(augment.logits(graph), augment.logits(moved))


def test_undirected_draws_once_per_pair_from_the_mean_logit(graph):
    augment = build(undirected=True, generator=seeded()).double()
    logits = augment.logits(graph)
    w = augment(graph).edge_weight.view(3, 2)
    assert torch.equal(w[:, 0], w[:, 1])
    mean = logits.view(3, 2).mean(1)
    assert torch.allclose(w[:, 0], relaxed_bernoulli(mean, generator=seeded()))
    apart = build().double()
    apart.load_state_dict(augment.state_dict())
    w = apart(graph).edge_weight.view(3, 2)
    assert (w[:, 0] != w[:, 1]).all()


@pytest.mark.parametrize(("bias", "ratio"), [(1e4, 0.0), (-1e4, 1.0)])
@pytest.mark.parametrize("undirected", [False, True])
def test_ends(graph, bias, ratio, undirected):
    augment = build(undirected=undirected).double()
    augment.scorer.last.bias.data.fill_(bias)
    view = augment(graph)
    assert view.edge_weight.tolist() == [1 - ratio] * 6
    assert augment.drop_ratio(view).item() == ratio
    z = gcn_propagate(graph.x, view.edge_index, view.edge_weight)
    whole = GCNConv(3, 3, bias=False).double()
    whole.lin.weight.data = torch.eye(3).double()
    assert torch.allclose(z, graph.x if ratio else whole(graph.x, graph.edge_index))


def test_drop_ratio_is_a_mean_over_graphs_of_means_over_edges(graph):
    del graph.y
    lone = Data(x=graph.x[:1], edge_index=NOTHING)
    edge = Data(x=graph.x[:2], edge_index=torch.tensor([[0], [1]]))
    augment = build().double()
    view = augment(Batch.from_data_list([graph, lone, edge]))
    keep = view.edge_keep
    expected = ((1 - keep[:6]).mean() + (1 - keep[6])) / 2
    assert torch.allclose(augment.drop_ratio(view), expected)
    single = augment(graph)
    assert torch.allclose(augment.drop_ratio(single), 1 - single.edge_keep.mean())


@pytest.mark.parametrize("nodes", [1, 4])
def test_without_edges_nothing_is_dropped_and_the_gradient_is_zero(nodes):
    augment = build()
    view = augment(Data(x=torch.randn(nodes, 3), edge_index=NOTHING))
    ratio = augment.drop_ratio(view)
    assert ratio.item() == 0
    assert view.edge_weight.shape == (0,)
    z = GCN(3, 4, 4)(view.x, view.edge_index, view.edge_weight)
    (z.sum() + ratio).backward()
    assert all(not p.grad.any() for p in augment.parameters() if p.grad is not None)


def test_isolated_nodes_keep_their_embedding_whatever_is_drawn(graph):
    augment, judge = build().double(), GCN(3, 4, 4).double()
    alone = judge(graph.x[4:], NOTHING)
    for _ in range(3):
        view = augment(graph)
        assert torch.allclose(judge(view.x, view.edge_index, view.edge_weight)[4:], alone)


def test_self_loops_are_kept_and_do_not_count(graph):
    loops = torch.tensor([[0, 4], [0, 4]])
    graph.edge_index = torch.cat([loops, graph.edge_index], 1)
    augment = build().double()
    augment.scorer.last.bias.data.fill_(-80.0)  # w near 1e-35
    view = augment(graph)
    assert view.edge_keep[:2].tolist() == [1, 1]
    assert (view.edge_keep[2:] < 1e-20).all()
    assert augment.drop_ratio(view).item() == pytest.approx(1)
    only = augment(Data(x=graph.x, edge_index=loops))
    assert augment.drop_ratio(only).item() == 0
    both = augment(Batch.from_data_list([graph, Data(x=graph.x, edge_index=loops, y=graph.y)]))
    assert augment.drop_ratio(both).item() == pytest.approx(1)
    GCN(3, 4, 4).double()(view.x, view.edge_index, view.edge_weight).square().sum().backward()
    assert all(p.grad.isfinite().all() for p in augment.parameters())


def test_new_attributes_separate_with_their_batch(graph):
    view = build().double()(Batch.from_data_list([graph, graph]))
    for i, part in enumerate(view.to_data_list()):
        assert torch.equal(part.edge_keep, view.edge_keep[6 * i : 6 * i + 6])
        assert torch.equal(part.edge_weight, part.edge_keep)
    thinned = EdgeDrop(0.5, generator=seeded())(view)
    assert len(thinned.edge_keep) == thinned.num_edges < 12


def test_is_a_module(graph):
    augment = build(generator=seeded()).double()
    assert len(list(augment.parameters())) == len(list(augment.encoder.parameters())) + 4
    called = []
    augment.register_forward_hook(lambda *_: called.append(1))
    first = augment(graph).edge_weight
    assert called == [1]
    again = build(generator=seeded()).double()
    again.load_state_dict(augment.state_dict())
    assert torch.equal(again(graph).edge_weight, first)
    with torch.no_grad():
        assert not augment(graph).edge_weight.requires_grad
    assert copy.deepcopy(augment).undirected is False


def test_edge_index_subclass(graph):
    augment = build().double()
    expected = augment.logits(graph)
    graph.edge_index = EdgeIndex(graph.edge_index, sparse_size=(5, 5))
    assert torch.allclose(augment.logits(graph), expected)
    assert isinstance(augment(graph).edge_index, EdgeIndex)


def test_bad_data(graph):
    augment = build().double()
    with pytest.raises(TypeError, match=r"data must be a Data .*LearnableEdgeDrop.*HeteroData"):
        augment(HeteroData())
    with pytest.raises(ValueError, match="data must have node features x"):
        augment(Data(edge_index=graph.edge_index, num_nodes=5))
    with pytest.raises(ValueError, match="data must have an edge_index"):
        augment(Data(x=graph.x))
    with pytest.raises(ValueError, match="must not have adj_t"):
        augment(Data(x=graph.x, edge_index=graph.edge_index, adj_t=torch.eye(5)))
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 5\).*got 9"):
        augment(Data(x=graph.x, edge_index=torch.tensor([[0], [9]])))
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[6\], got a tensor of"):
        augment(Data(x=graph.x, edge_index=graph.edge_index, edge_weight=torch.ones(5)))
    weighted = Data(x=graph.x.float(), edge_index=graph.edge_index, edge_weight=torch.ones(6))
    with pytest.raises(ValueError, match="edge_weight must be None: GIN would ignore it"):
        LearnableEdgeDrop(GIN(3, 4, 4))(weighted)


@pytest.mark.parametrize(
    ("encoder", "options", "error", "match"),
    [
        ("gcn", {}, TypeError, "encoder must be a module, got 'gcn'"),
        (torch.nn.Identity(), {}, ValueError, "out_channels must be given: Identity has no such"),
        (GCN(2, 2, 2), {"temperature": 0}, ValueError, "temperature must be .*above 0, got 0"),
        (GCN(2, 2, 2), {"margin": 0.7}, ValueError, r"margin must be .*\(0, 0\.5\), got 0\.7"),
        (GCN(2, 2, 2), {"undirected": 1}, TypeError, "undirected must be True or False, got 1"),
        (GCN(2, 2, 2), {"hidden_channels": 0}, ValueError, "hidden_channels must be at least 1"),
        (GCN(2, 2, 2), {"out_channels": -1}, ValueError, "out_channels must be at least 1"),
    ],
)
def test_bad_arguments(encoder, options, error, match):
    with pytest.raises(error, match=match):
        LearnableEdgeDrop(encoder, **options)
