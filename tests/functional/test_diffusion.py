import pytest
import torch
from torch_geometric.utils import barabasi_albert_graph

from gcl.functional import diffuse, gcn_adjacency
from gcl.functional import diffusion_rows as rows

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])  # 0-1-2
ALL = {"top_k": None, "threshold": 1e-12}
KINDS = {"ppr": {"alpha": 0.3}, "heat": {"t": 3.0}}

every_kind = pytest.mark.parametrize("kind", KINDS)


def dense(edge_index, weight, n):
    matrix = torch.zeros(n, n, dtype=torch.double)
    return matrix.index_put((edge_index[1], edge_index[0]), weight.double(), accumulate=True)


def reference(edge_index, n, kind, weight=None, alpha=0.3, t=3.0):
    """By dense inverse and matrix exponential of the normalised adjacency."""
    eye = torch.eye(n, dtype=torch.double)
    a = gcn_adjacency(edge_index, n, weight, dtype=torch.double) @ eye
    if kind == "ppr":
        return alpha * torch.linalg.inv(eye - (1 - alpha) * a)
    return torch.linalg.matrix_exp(t * (a - eye))


def random_graph(n=30, m=60, directed=False):
    edge_index = torch.randint(n, (2, m))
    return edge_index if directed else torch.cat([edge_index, edge_index.flip(0)], dim=1)


@every_kind
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_exact_equals_inverse_and_matrix_exponential(kind, directed, weighted):
    edge_index = random_graph(directed=directed)
    weight = torch.rand(30 * 4, dtype=torch.double)[: edge_index.size(1)] if weighted else None
    edges, values = diffuse(edge_index, 33, weight, kind=kind, **KINDS[kind], **ALL)
    expected = reference(edge_index, 33, kind, weight)
    torch.testing.assert_close(dense(edges, values, 33), expected, rtol=0, atol=1e-7)
    assert values.dtype == (torch.double if weighted else torch.float32)


def test_heat_is_no_exponential_of_each_entry():
    edges, values = diffuse(PATH, 3, kind="heat", t=1.0, **ALL)
    a = gcn_adjacency(PATH, 3) @ torch.eye(3)
    assert not torch.allclose(dense(edges, values, 3), (a - torch.eye(3)).exp().double())
    assert dense(edges, values, 3)[0, 2] < 0.2  # the exponential of that entry would be 1


@every_kind
@pytest.mark.parametrize("eps", [1e-2, 1e-3, 1e-5])
def test_push_is_below_by_no_more_than_it_promises(kind, eps):
    edge_index = random_graph(60, 150)
    expected = reference(edge_index, 60, kind)
    options = {**KINDS[kind], "top_k": None}
    pushed = dense(*diffuse(edge_index, 60, kind=kind, method="push", eps=eps, **options), 60)
    degree = rows.random_walk(edge_index, 60, None).degree
    bound = eps * torch.from_numpy(degree[:, None] * degree[None]).sqrt()
    assert (pushed <= expected + 1e-7).all()
    assert (expected - pushed <= bound + 1e-7).all()
    assert eps < 1e-3 or (expected - pushed).max() > 1e-4  # it does save something


@every_kind
def test_push_goes_on_with_several_blocks(kind, monkeypatch):
    edge_index = random_graph(60, 150)
    options = {"kind": kind, "method": "push", "eps": 1e-3}
    whole = diffuse(edge_index, 60, **options)
    monkeypatch.setattr(rows, "_ENTRIES", 100)
    parts = diffuse(edge_index, 60, **options)
    assert torch.equal(whole[0], parts[0])
    torch.testing.assert_close(whole[1], parts[1])


def test_blocks_double_until_memory_is_full(monkeypatch):
    monkeypatch.setattr(rows, "_ENTRIES", 1000)
    walk = rows.random_walk(random_graph(200, 500), 200, None)
    blocks = list(rows.sparse_blocks(rows.push_ppr(walk, 0.2, 1e-4), 200, 1e-4))
    starts, sizes = [start for start, _ in blocks], [block.shape[0] for _, block in blocks]
    assert starts == [sum(sizes[:i]) for i in range(len(sizes))]
    assert sum(sizes) == 200
    assert sizes[:2] == [1, 2]
    assert max(block.nnz for _, block in blocks) <= 1000


@every_kind
@pytest.mark.parametrize("method", ["exact", "push"])
def test_rows_keep_their_largest_entries_above_the_threshold(kind, method):
    edge_index = random_graph()
    options = {"kind": kind, "method": method}
    full = dense(*diffuse(edge_index, 30, **options, **ALL), 30)
    edges, values = diffuse(edge_index, 30, **options, top_k=4, threshold=0.05)
    expected = torch.zeros_like(full)
    top = full.topk(4)
    expected.scatter_(1, top.indices, top.values.where(top.values >= 0.05, 0.0))
    torch.testing.assert_close(dense(edges, values, 30), expected)
    assert edges[1].bincount().max() <= 4


def test_edges_are_sorted_by_target_then_source():
    edges, _ = diffuse(random_graph(), 30, top_k=5)
    code = edges[1] * 30 + edges[0]
    assert (code.diff() > 0).all()


@every_kind
@pytest.mark.parametrize("method", ["exact", "push"])
def test_isolated_nodes_keep_to_themselves_and_nothing_is_nothing(kind, method):
    none = torch.empty(2, 0, dtype=torch.long)
    edges, values = diffuse(none, 3, kind=kind, method=method)
    assert edges.tolist() == [[0, 1, 2], [0, 1, 2]]
    torch.testing.assert_close(values, torch.ones(3), atol=1e-3, rtol=0)
    edges, values = diffuse(none, 0, kind=kind, method=method)
    assert edges.shape == (2, 0)
    assert values.shape == (0,)


@every_kind
def test_a_node_of_degree_0_neither_sends_nor_receives(kind):
    edge_index = torch.tensor([[0, 0, 1], [0, 1, 0]])
    weight = torch.tensor([0.0, 1.0, 0.0])  # nothing enters node 0, whose loop weighs 0
    values = dense(*diffuse(edge_index, 2, weight, kind=kind, **KINDS[kind], **ALL), 2)
    expected = reference(edge_index, 2, kind, weight.double())
    torch.testing.assert_close(values, expected, rtol=0, atol=1e-6)
    assert values[0, 1] == values[1, 0] == 0


def test_large_graphs_are_refused_or_pushed():
    edge_index = barabasi_albert_graph(6000, 2)
    with pytest.raises(ValueError, match=r"method must be 'push' for a graph of more than 5,000"):
        diffuse(edge_index, 6000)
    edges, values = diffuse(edge_index, 6000, method="push", eps=1e-3, top_k=8)
    assert edges.size(1) <= 8 * 6000
    assert (edges[1].bincount(minlength=6000) >= 1).all()
    assert values.min() > 0


def test_exact_rows_come_in_blocks(monkeypatch):
    monkeypatch.setattr(rows, "_DENSE_ROWS", 16)
    edge_index = random_graph(100, 200)
    walk = rows.random_walk(edge_index, 100, None)
    for make in (rows.exact_ppr, rows.exact_heat):
        blocks = list(rows.dense_blocks(make(walk, 0.3), 100))
        assert [start for start, _ in blocks] == list(range(0, 100, 16))
        assert [block.shape for _, block in blocks] == [(16, 100)] * 6 + [(4, 100)]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"kind": "pagerank"}, ValueError, "kind must be one of ppr, heat; got 'pagerank'"),
        ({"method": "dense"}, ValueError, "method must be one of exact, push; got 'dense'"),
        ({"alpha": 0.0}, ValueError, "alpha must be a finite number above 0, got 0"),
        ({"alpha": 1.5}, ValueError, "alpha must be at most 1, got 1.5"),
        ({"alpha": "x"}, TypeError, "alpha must be a number, got 'x'"),
        ({"t": 5.0}, ValueError, r"t must be None with kind='ppr', which would ignore it; got 5"),
        ({"kind": "heat", "alpha": 0.2}, ValueError, "alpha must be None with kind='heat'"),
        ({"kind": "heat", "t": -1}, ValueError, "t must be a finite number above 0, got -1"),
        ({"eps": 1e-3}, ValueError, "eps must be None with method='exact'"),
        ({"method": "push", "eps": 0}, ValueError, "eps must be a finite number above 0"),
        ({"threshold": -0.1}, ValueError, "threshold must be .* 0 or above, got -0.1"),
        ({"top_k": 0}, ValueError, "top_k must be at least 1, got 0"),
        ({"top_k": None}, ValueError, r"all N\^2 entries; got threshold=0 and top_k=None"),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        diffuse(PATH, 3, **options)


def test_bad_graphs_are_named():
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 2\)"):
        diffuse(PATH, 2)
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[4\]"):
        diffuse(PATH, 3, torch.ones(3))
    for bad in (-1, torch.nan):
        with pytest.raises(ValueError, match=f"edge_weight must be 0 or above, got {bad}"):
            diffuse(PATH, 3, torch.tensor([1.0, bad, 1.0, 1.0]))


def test_weights_that_ask_for_a_gradient_get_none():
    edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    weight = torch.rand(4)
    expected = diffuse(edge_index, 3, weight)[1]
    found = diffuse(edge_index, 3, weight.requires_grad_())[1]
    assert not found.requires_grad
    assert torch.equal(found, expected)
