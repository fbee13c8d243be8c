import pytest
import torch
from torch_geometric.data import Batch, Data, HeteroData

from gcl.augmenters import EdgeDrop, SVDView
from gcl.encoders import GCN, encode
from gcl.functional import gcn_adjacency, truncated_svd
from gcl.functional.low_rank import LowRank
from gcl.methods import GRACE


@pytest.fixture
def graph():
    edge_index = torch.randint(20, (2, 40))
    return Data(x=torch.randn(20, 6), edge_index=torch.cat([edge_index, edge_index.flip(0)], 1))


def test_adjacency_becomes_the_factors_of_its_functional_twin(graph):
    graph.edge_attr, graph.edge_weight = torch.ones(80, 2), torch.rand(80)
    view = SVDView(3, niter=1, oversample=2, seed=4)(graph)
    adjacency = gcn_adjacency(graph.edge_index, 20, graph.edge_weight)
    expected = truncated_svd(adjacency, 3, niter=1, oversample=2, seed=4)
    assert isinstance(view.adj_t, LowRank)
    for name in ("u", "s", "v"):
        assert torch.equal(getattr(view.adj_t, name), getattr(expected, name))
    assert not {"edge_index", "edge_attr", "edge_weight"} & set(view.keys())
    assert torch.equal(view.x, graph.x)


def test_full_rank_propagates_as_the_graph_does(graph):
    encoder = GCN(6, 8, 4)
    view = SVDView(20)(graph)
    torch.testing.assert_close(encode(encoder, view), encode(encoder, graph), atol=1e-5, rtol=1e-4)


def test_features_become_their_best_approximation(graph):
    view = SVDView(2, of="features", niter=10)(graph)
    u, s, vh = torch.linalg.svd(graph.x, full_matrices=False)
    torch.testing.assert_close(view.x, u[:, :2] @ s[:2].diag() @ vh[:2], atol=1e-5, rtol=1e-4)
    assert torch.equal(view.edge_index, graph.edge_index)
    torch.testing.assert_close(SVDView(6, of="features")(graph).x, graph.x, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("of", ["adjacency", "features"])
def test_is_computed_once_for_each_content(graph, of):
    augmenter, calls = SVDView(2, of=of), []
    function = augmenter._factors.function
    augmenter._factors.function = lambda *args: calls.append(args) or function(*args)
    for data in (graph, graph.clone(), graph):
        augmenter(data)
    assert len(calls) == 1
    changed = graph.clone()
    changed.x[0] += 1
    changed.edge_index[0, 0] = (changed.edge_index[0, 0] + 1) % 20
    assert augmenter(changed) is not None
    assert len(calls) == 2


def test_a_method_contrasts_the_view_with_another(graph):
    method = GRACE(6, out_channels=4, augmenters=(SVDView(4), EdgeDrop(0.2)))
    method.step(graph).backward()
    assert all(p.grad is not None for p in method.parameters())


def test_a_view_moves_with_its_factors(graph):
    moved = SVDView(2)(graph).to("meta")
    assert moved.adj_t.u.device.type == "meta"


def test_number_of_nodes_survives_without_features():
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=4)
    assert SVDView(2)(data).num_nodes == 4


def test_bad_input_is_named(graph):
    with pytest.raises(ValueError, match="of must be one of adjacency, features; got 'x'"):
        SVDView(of="x")
    with pytest.raises(ValueError, match="q must be at least 1, got 0"):
        SVDView(0)
    with pytest.raises(ValueError, match="oversample must be at least 0"):
        SVDView(oversample=-1)
    with pytest.raises(ValueError, match="data must be one graph with of='adjacency', got"):
        SVDView()(Batch.from_data_list([graph, graph]))
    with pytest.raises(ValueError, match="must have an edge_index, got only adj_t"):
        SVDView()(SVDView()(graph))
    with pytest.raises(TypeError, match="data must be a Data .* for SVDView"):
        SVDView()(HeteroData())
    with pytest.raises(ValueError, match="data must have node features x"):
        SVDView(of="features")(Data(edge_index=graph.edge_index, num_nodes=20))


@pytest.mark.parametrize("of", ["adjacency", "features"])
def test_a_changed_rank_counts_from_then_on(graph, of):
    augmenter = SVDView(2, of=of)
    augmenter(graph)
    augmenter.q = 5
    key = "adj_t" if of == "adjacency" else "x"
    ours, expected = (view(graph)[key] for view in (augmenter, SVDView(5, of=of)))
    if of == "adjacency":
        ours, expected = ours.s, expected.s
    assert torch.equal(ours, expected)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.ones(20, 6).long(), TypeError, "x must have a floating-point dtype"),
        (torch.full((20, 6), torch.nan), ValueError, "x must be finite, got nan at row 0"),
    ],
)
def test_bad_features_are_named(graph, x, error, message):
    graph.x = x
    with pytest.raises(error, match=message):
        SVDView(2, of="features")(graph)
