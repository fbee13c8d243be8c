import pytest
import torch

from gcl.functional.bipartite import bipartite_adjacency
from gcl.functional.signed_noise import add_signed_noise

EDGES = torch.tensor([[2, 0, 0, 1, 2], [1, 0, 1, 1, 3]])  # of 4 users and 4 items; 3 and 2 alone


def dense(edge_index=EDGES, weight=None, size=(4, 4)):
    """The formula by loops, in float64."""
    r = torch.zeros(size, dtype=torch.float64)
    for k, (i, j) in enumerate(edge_index.t().tolist()):
        r[i, j] = 1.0 if weight is None else weight[k]
    rows, columns = r.sum(1), r.sum(0)
    out = torch.zeros_like(r)
    for i, j in edge_index.t().tolist():
        out[i, j] = r[i, j] / (rows[i] * columns[j]).sqrt()
    return out


def as_dense(matrix):
    return matrix @ torch.eye(matrix.pattern.shape[1], dtype=torch.float64)


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 2.0, 3.0, 4.0, 0.5])])
def test_equals_the_formula_and_isolated_rows_are_zero(weight):
    a = bipartite_adjacency(EDGES, 4, 4, weight)
    expected = dense(weight=weight)
    torch.testing.assert_close(as_dense(a.items_of), expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(as_dense(a.users_of), expected.t(), atol=1e-6, rtol=0)
    assert not as_dense(a.items_of)[3].any()
    assert a.shape == (4, 4)


def test_two_products_are_one_with_the_square_matrix():
    a, r = bipartite_adjacency(EDGES, 4, 4), dense()
    square = torch.zeros(8, 8, dtype=torch.float64)
    square[:4, 4:], square[4:, :4] = r, r.t()
    x = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    user, item = a.propagate(x[:4], x[4:])
    torch.testing.assert_close(torch.cat([user, item]), square @ x, atol=1e-6, rtol=0)
    w = torch.randn(8, 3, dtype=torch.float64)
    (ours,) = torch.autograd.grad((torch.cat([user, item]) * w).sum(), x)
    torch.testing.assert_close(ours, square.t() @ w, atol=1e-6, rtol=0)


def test_dropout_is_inverted_on_the_values_alone_and_fresh_for_each_direction():
    a, eye = bipartite_adjacency(EDGES, 4, 4), torch.eye(4)
    generator = torch.Generator().manual_seed(0)
    draws = [a.propagate_dropped(eye, eye, 0.4, generator) for _ in range(4000)]
    full = dense().float()
    for user, item in draws[:50]:
        kept = user[full > 0]
        assert torch.all(
            (kept == 0) | torch.isclose(kept, full[full > 0] / 0.6)
        )  # no degree is counted anew
        assert not torch.equal(user > 0, item.t() > 0) or torch.equal(user > 0, full > 0)
    mean = torch.stack([user for user, _ in draws]).mean(0)
    torch.testing.assert_close(mean, full, atol=0.03, rtol=0)
    torch.testing.assert_close(a.propagate_dropped(eye, eye, 0.0)[0], full)
    assert not a.propagate_dropped(eye, eye, 1.0)[0].any()


def test_dropped_values_have_the_gradient_of_the_product():
    a = bipartite_adjacency(EDGES, 4, 4)
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)

    def draw(x):
        return a.propagate_dropped(x, x, 0.5, torch.Generator().manual_seed(1))[1]

    assert torch.autograd.gradcheck(draw, x)


def test_a_thinned_graph_is_that_of_the_interactions_that_stay():
    a = bipartite_adjacency(EDGES, 4, 4)
    kept = torch.tensor([True, False, True, True, False])  # of the sorted interactions
    order = (EDGES[0] * 4 + EDGES[1]).argsort()
    thinned, expected = a.keep(kept), dense(EDGES[:, order][:, kept])
    torch.testing.assert_close(as_dense(thinned.items_of), expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(as_dense(thinned.users_of), expected.t(), atol=1e-6, rtol=0)
    assert not as_dense(a.keep(torch.zeros(5, dtype=torch.bool)).items_of).any()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"edge_index": torch.tensor([[0], [4]])}, ValueError, r"items in \[0, 4\), got 4"),
        ({"edge_index": torch.tensor([[-1], [0]])}, ValueError, r"users in \[0, 4\), got -1"),
        ({"edge_index": EDGES.float()}, TypeError, "integer tensor"),
        ({"edge_weight": torch.ones(3)}, ValueError, r"edge_weight must have shape \[5\]"),
        ({"edge_weight": torch.zeros(5)}, ValueError, "edge_weight must be finite and above 0"),
        ({"edge_weight": torch.ones(5).long()}, TypeError, "edge_weight must be a floating"),
    ],
)
def test_bad_input_is_named(change, error, message):
    given = {"edge_index": EDGES, "num_users": 4, "num_items": 4} | change
    with pytest.raises(error, match=message):
        bipartite_adjacency(**given)


def test_weights_that_need_a_gradient_get_it():
    weight = torch.rand(3, requires_grad=True)
    edges = torch.tensor([[0, 0, 1], [0, 1, 1]])
    a = bipartite_adjacency(edges, 2, 2, weight)
    users, items = a.propagate(torch.rand(2, 3), torch.rand(2, 3))
    (users.sum() + items.sum()).backward()
    assert bool((weight.grad != 0).any())


def test_a_generator_may_live_elsewhere(device):
    user, item = torch.rand(2, 3), torch.rand(2, 3)
    edges = torch.tensor([[0, 0, 1], [0, 1, 1]])
    results = []
    for where in ("cpu", device):
        a = bipartite_adjacency(edges.to(where), 2, 2)
        generator = torch.Generator().manual_seed(3)
        users, _ = a.propagate_dropped(user.to(where), item.to(where), 0.5, generator)
        results.append(add_signed_noise(users, 0.1, generator=generator).cpu())
    torch.testing.assert_close(*results)
