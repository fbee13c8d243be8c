import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric import EdgeIndex
from torch_geometric.nn import GCNConv

from gcl.augmenters import EdgeDrop
from gcl.functional import drop_edges, gcn_adjacency, gcn_propagate, weighted_adjacency

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])  # 0-1-2
GRAPHS = {
    "path": (PATH, 3),
    "isolated node": (PATH, 4),
    "directed": (torch.tensor([[0, 0, 2], [1, 2, 1]]), 3),
    "self loops": (torch.tensor([[0, 1, 1, 2, 0], [0, 0, 1, 2, 1]]), 4),
    "parallel edges": (torch.tensor([[0, 0, 0, 1], [1, 1, 1, 0]]), 2),
    "no edges": (torch.zeros(2, 0, dtype=torch.long), 3),
    "unsorted": (torch.tensor([[4, 0, 3, 1, 0, 2], [0, 4, 1, 3, 2, 0]]), 5),
}


def reference(x, edge_index, edge_weight=None):
    conv = GCNConv(x.size(1), x.size(1), bias=False).to(x.dtype)
    torch.nn.init.eye_(conv.lin.weight)
    return conv(x, edge_index, edge_weight)


def compare(edge_index, num_nodes, weight=None):
    """Values and gradients beside PyG's own layer, in float64."""
    x = torch.randn(num_nodes, 3, dtype=torch.float64)
    grad, results = torch.randn_like(x), []
    for propagate in (gcn_propagate, reference):
        inputs = [t.clone().requires_grad_() for t in ([x] if weight is None else [x, weight])]
        out = propagate(inputs[0], edge_index, *inputs[1:])
        results.append([out, *torch.autograd.grad(out, inputs, grad)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", GRAPHS)
def test_equals_gcn_conv_in_value_and_gradients(name, weighted):
    edge_index, num_nodes = GRAPHS[name]
    weight = torch.rand(edge_index.size(1), dtype=torch.float64) + 0.1
    compare(edge_index, num_nodes, weight if weighted else None)


NODE = st.integers(0, 5)


@given(st.lists(st.tuples(NODE, NODE), max_size=25), st.booleans())
def test_any_graph_equals_gcn_conv(edges, weighted):
    loops = [e for e in edges if e[0] == e[1]]
    if weighted:  # PyG's gradient counts weights of repeated loops that its value ignores
        edges = [e for e in edges if e[0] != e[1]] + list(set(loops))
    edge_index = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
    weight = torch.rand(len(edges), dtype=torch.float64) + 0.1 if weighted else None
    compare(edge_index, 6, weight)


def test_float32_on_a_larger_graph():
    edge_index = torch.randint(0, 500, (2, 6000))
    x, weight = torch.randn(500, 64), torch.rand(6000)
    for w in (None, weight):
        torch.testing.assert_close(
            gcn_propagate(x, edge_index, w), reference(x, edge_index, w), rtol=1e-5, atol=1e-5
        )


def test_hand_computed_path():
    out = gcn_propagate(torch.eye(3), PATH)
    side, end, middle = 6**-0.5, 1 / 2, 1 / 3
    expected = torch.tensor([[end, side, 0], [side, middle, side], [0, side, end]])
    torch.testing.assert_close(out, expected)


def test_edges_lead_from_the_first_row_to_the_second():
    out = gcn_propagate(torch.tensor([[1.0], [0.0]]), torch.tensor([[0], [1]]))
    torch.testing.assert_close(out, torch.tensor([[1.0], [0.5**0.5]]))


def test_of_several_weighted_self_loops_the_last_counts():
    edge_index = torch.tensor([[0, 0, 1], [0, 0, 0]])
    weight = torch.tensor([5.0, 3.0, 1.0])
    torch.testing.assert_close(
        gcn_propagate(torch.ones(2, 1), edge_index, weight),
        torch.tensor([[3 / 4 + 1 / 2], [1.0]]),
    )


def test_of_several_weighted_self_loops_the_last_alone_has_a_gradient():
    edge_index = torch.tensor([[0, 2, 0, 1, 0], [0, 2, 0, 0, 1]])
    weight = torch.rand(5).double().requires_grad_()
    x = torch.rand(4, 2).double()
    assert torch.autograd.gradcheck(lambda w: gcn_propagate(x, edge_index, w), weight)
    (grad,) = torch.autograd.grad(gcn_propagate(x, edge_index, weight).square().sum(), weight)
    assert grad[0] == 0
    assert (grad[1:] != 0).all()


def test_a_node_of_degree_zero_neither_sends_nor_receives_and_stops_no_gradient():
    edge_index, weight = torch.tensor([[0, 1], [0, 0]]), torch.tensor([0.0, 0.0])
    weight.requires_grad_()
    out = gcn_propagate(torch.ones(2, 1), edge_index, weight)
    assert out.tolist() == [[0.0], [1.0]]
    out.sum().backward()
    assert torch.isfinite(weight.grad).all()


def test_order_of_the_edges_does_not_matter():
    edge_index, x = torch.randint(0, 6, (2, 20)), torch.randn(6, 4)
    out = gcn_propagate(x, edge_index)
    torch.testing.assert_close(gcn_propagate(x, edge_index[:, torch.randperm(20)]), out)


def test_each_draw_of_edges_is_used_not_an_earlier_one():
    x, edge_index = torch.randn(6, 4), torch.randint(0, 6, (2, 30))
    for _ in range(5):
        kept, _ = drop_edges(edge_index, 0.5)
        torch.testing.assert_close(gcn_propagate(x, kept), reference(x, kept))
    first = gcn_propagate(x, edge_index)
    edge_index[:] = edge_index.flip(0).clone()
    second = gcn_propagate(x, edge_index)
    assert not torch.allclose(first, second)
    torch.testing.assert_close(second, reference(x, edge_index))


def test_int32_and_edge_index_subclass(path_graph):
    x, expected = torch.randn(5, 2), None
    expected = gcn_propagate(x, path_graph.edge_index)
    assert torch.equal(gcn_propagate(x, path_graph.edge_index.int()), expected)
    path_graph.edge_index = EdgeIndex(path_graph.edge_index, sort_order="row", sparse_size=(5, 5))
    assert torch.equal(gcn_propagate(x, path_graph.edge_index), expected)
    view = EdgeDrop(0.5)(path_graph).edge_index
    torch.testing.assert_close(gcn_propagate(x, view), reference(x, view.as_tensor()))


def test_half_precision_counts_degrees_exactly():
    star = torch.stack([torch.arange(1, 4001), torch.zeros(4000, dtype=torch.long)])
    out = gcn_propagate(torch.ones(4001, 1, dtype=torch.bfloat16), star)
    assert out.dtype == torch.bfloat16
    assert out[0].item() == pytest.approx(4000 / 4001**0.5, rel=0.02)


def test_adjacency_is_shared_by_several_products():
    a, x = gcn_adjacency(PATH, 3), torch.randn(3, 2)
    torch.testing.assert_close(a @ (a @ x), gcn_propagate(gcn_propagate(x, PATH), PATH))


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"edge_index": PATH.float()}, TypeError, "edge_index must be an integer tensor"),
        ({"edge_index": PATH + 1}, ValueError, r"edge_index must lie in \[0, 3\).*got 3"),
        ({"edge_index": PATH - 1}, ValueError, r"edge_index must lie in \[0, 3\).*got -1"),
        ({"edge_index": PATH.t()}, ValueError, r"edge_index must have shape \[2, M\]"),
        ({"edge_weight": torch.ones(3)}, ValueError, r"edge_weight must have shape \[4\]"),
        ({"edge_weight": torch.ones(4).int()}, TypeError, "edge_weight must be a floating-point"),
        ({"edge_weight": 2.0}, TypeError, "edge_weight must be a floating-point.*got 2.0"),
        (
            {"edge_weight": torch.tensor([1.0, -3.0, 1.0, 1.0])},
            ValueError,
            "edge_weight must give every node a degree of at least 0, got -2 at node 0",
        ),
        ({"x": torch.ones(3)}, ValueError, "x must have 2 dimensions"),
        ({"x": torch.ones(3, 1).long()}, TypeError, "x must have a floating-point dtype"),
    ],
)
def test_bad_input_is_named(change, error, match):
    good = {"x": torch.ones(3, 1), "edge_index": PATH, "edge_weight": None}
    with pytest.raises(error, match=match):
        gcn_propagate(**(good | change))


def test_number_of_nodes_is_checked():
    with pytest.raises(ValueError, match="num_nodes must be at least 0, got -1"):
        gcn_adjacency(PATH, -1)


def test_weighted_adjacency_is_the_weights_as_they_are():
    edge_index = torch.tensor([[0, 1, 1, 1], [1, 0, 2, 2]])
    weight = torch.tensor([2.0, 3.0, 0.5, -1.0], requires_grad=True)
    expected = torch.tensor([[0.0, 3.0, 0.0], [2.0, 0.0, 0.0], [0.0, -0.5, 0.0]])
    matrix = weighted_adjacency(edge_index, 3, weight)
    torch.testing.assert_close(matrix @ torch.eye(3), expected)
    (matrix @ torch.eye(3)).sum().backward()
    assert weight.grad.tolist() == [1.0] * 4
    ones = weighted_adjacency(edge_index, 3) @ torch.eye(3)
    assert ones[2].tolist() == [0.0, 2.0, 0.0]
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\)"):
        weighted_adjacency(edge_index, 2)
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[4\]"):
        weighted_adjacency(edge_index, 3, torch.ones(3))
