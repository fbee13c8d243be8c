"""PamC: slow references, identities, both forms, sources of clusters, state, bad input."""

import math

import pytest
import torch
from support.loss_case import cosine
from torch.nn.functional import normalize, one_hot

from gcl.benchmark.pamc.references import gathered_pam_c
from gcl.datasets import load
from gcl.functional import influence
from gcl.losses import PamC, pam_c, pam_c_views
from gcl.losses.meta_contrast import MetaOptions, meta_rows

CLUSTER = torch.tensor([0, 1, 2, 0, 1, 4, 4, -1, 0])  # cluster 3 is empty, node 7 has none


@pytest.fixture
def z():
    return torch.randn(9, 4, dtype=torch.double, requires_grad=True)


@pytest.fixture
def edges():
    return torch.randint(0, 9, (2, 14))


def slow_negatives(z, cluster, t, size_weighted=False, intra_cluster=False):
    """The negative term by loops over clusters."""
    ids = sorted(set(cluster.tolist()) - {-1})
    members = {k: (cluster == k).nonzero().view(-1).tolist() for k in ids}
    meta = {k: z[members[k]].sum(0) for k in ids}
    total, everyone = 0.0, sum(map(len, members.values()))
    for k in ids:
        inner, own = 0.0, members[k]
        for other in ids:
            if other != k:
                s = cosine(meta[k], meta[other])
            elif intra_cluster:
                s = sum(cosine(z[i], z[j]) for i in own for j in own if i != j) / len(own) ** 2
            else:
                s = 0.0
            inner += (len(members[other]) if size_weighted else 1) * math.exp(t * s)
        weight = len(own) / everyone if size_weighted else 1 / len(ids)
        total += weight * math.log(inner)
    return total


def slow_pam_c(z, gamma, cluster, t, **options):
    """The loss by loops over pairs of nodes."""
    n, total = len(z), 0.0
    for i in range(n):
        terms = [
            float(gamma[i, j]) * math.exp(t * (0.0 if i == j else cosine(z[i], z[j])))
            for j in range(n)
            if gamma[i, j] > 0
        ]
        total += math.log(sum(terms))
    return slow_negatives(z, cluster, t, **options) - total / n


def dense_influence(edges, **options):
    index, weight = influence(edges, 9, **options)
    return torch.zeros(9, 9).double().index_put((index[1], index[0]), weight.double())


OPTIONS = [{"size_weighted": a, "intra_cluster": b} for a in (False, True) for b in (False, True)]


@pytest.mark.parametrize("walk", [{"order": 1}, {"order": 3}, {"order": 2, "cumulative": False}])
@pytest.mark.parametrize("options", OPTIONS)
def test_equals_the_slow_reference(z, edges, walk, options):
    gamma = dense_influence(edges, **{"cumulative": True, **walk})
    expected = slow_pam_c(z.detach(), gamma, CLUSTER, 1.3, **options)
    ours = PamC(**walk, scale=1.3, **options)(z, edges, CLUSTER)
    assert ours.item() == pytest.approx(expected, rel=1e-6)
    assert pam_c(z, edges, CLUSTER, **walk, scale=1.3, **options).item() == ours.item()


@pytest.mark.parametrize("options", OPTIONS)
def test_gradients(z, edges, options):
    loss = PamC(2, scale=1.3, **options)
    assert torch.autograd.gradcheck(lambda z: loss(z, edges, CLUSTER), (z,))
    q = torch.randn(9, 3, dtype=torch.double).softmax(1).requires_grad_()
    soft = PamC(2, assignment="soft", **options)
    assert torch.autograd.gradcheck(lambda z, q: soft(z, edges, q), (z, q))


@pytest.mark.parametrize("options", OPTIONS)
def test_rows_of_soft_clusters_reduce_to_their_mean_in_value_and_gradient(z, edges, options):
    q = torch.randn(9, 3, dtype=torch.double).softmax(1).requires_grad_()
    options = {**options, "assignment": "soft"}
    mean, rows = (pam_c(z, edges, q, reduction=r, **options) for r in ("mean", "none"))
    gradients = (torch.autograd.grad(y, (z, q)) for y in (mean, rows.mean()))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_hard_shares_are_hard_clusters_and_soft_one_hot_too(z, edges):
    cluster = CLUSTER.clamp(min=0)
    expected = pam_c(z, edges, cluster)
    shares = one_hot(cluster, 5).double()
    torch.testing.assert_close(pam_c(z, edges, shares, assignment="soft"), expected)
    flat = 0.1 + 0.5 * shares
    torch.testing.assert_close(pam_c(z, edges, flat), expected)


def test_no_gradient_reaches_hard_assignments_and_soft_ones_get_it(z, edges):
    q = torch.randn(9, 3, dtype=torch.double).softmax(1).requires_grad_()
    pam_c(z, edges, q).backward()
    assert q.grad is None
    pam_c(z, edges, q, assignment="soft").backward()
    assert q.grad.abs().sum() > 0


@pytest.mark.parametrize("options", OPTIONS)
def test_singleton_clusters_give_the_term_of_all_pairs(z, options):
    alone = torch.arange(9)
    rows = meta_rows(z, alone, MetaOptions(scale=0.7, **options))
    s = normalize(z) @ normalize(z).t()
    s = s - s.diag().diag()
    torch.testing.assert_close(rows, (0.7 * s).logsumexp(1))


@pytest.mark.parametrize("options", OPTIONS)
def test_names_of_clusters_do_not_matter(z, edges, options):
    names = torch.tensor([4, 2, 0, 1, 3, -1])
    moved = names[CLUSTER]  # -1 is the last
    expected = pam_c(z, edges, CLUSTER, **options)
    torch.testing.assert_close(pam_c(z, edges, moved, **options), expected)


@pytest.mark.parametrize("options", OPTIONS)
def test_empty_clusters_change_nothing_wherever_they_stand(z, edges, options):
    dense = torch.tensor([0, 1, 2, 0, 1, 3, 3, -1, 0])
    expected = pam_c(z, edges, dense, **options)
    torch.testing.assert_close(pam_c(z, edges, CLUSTER, **options), expected)
    torch.testing.assert_close(pam_c(z, edges, CLUSTER, num_clusters=9, **options), expected)


def test_equal_clusters_of_collinear_rows_give_all_pairs_but_for_a_constant():
    direction = normalize(torch.randn(4, 6, dtype=torch.double))
    cluster = torch.arange(200) // 50
    z = direction[cluster] * (1 + torch.rand(200, 1, dtype=torch.double))
    sized = {"size_weighted": True, "intra_cluster": True}
    s = (direction @ direction.t())[cluster][:, cluster].fill_diagonal_(0.0)
    exact = s.logsumexp(1).mean()
    near = meta_rows(z, cluster, MetaOptions(scale=1.0, **sized)).mean()
    assert near.item() == pytest.approx(exact.item(), rel=2e-3)  # rows are not their own pairs
    plain = meta_rows(z, cluster, MetaOptions(scale=1.0, intra_cluster=True)).mean()
    assert (near - plain).item() == pytest.approx(math.log(50))


def test_sizes_weigh_unbalanced_clusters():
    z = torch.tensor([[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 2, dtype=torch.double)
    cluster = torch.tensor([0] * 8 + [1] * 2)
    plain = meta_rows(z, cluster, MetaOptions(scale=1.0))
    assert plain.mean().item() == pytest.approx(math.log(2))
    sized = meta_rows(z, cluster, MetaOptions(scale=1.0, size_weighted=True))
    assert sized.mean().item() == pytest.approx(math.log(10))


def test_only_the_intra_cluster_term_repels_inside_a_cluster():
    angle = torch.tensor([0.1, -0.1, math.pi + 0.1, math.pi - 0.1], dtype=torch.double)
    z = torch.stack([angle.cos(), angle.sin()], 1).requires_grad_()
    cluster = torch.tensor([0, 0, 1, 1])
    across = torch.stack([-angle.sin(), angle.cos()], 1)
    for inside in (False, True):
        loss = meta_rows(z, cluster, MetaOptions(intra_cluster=inside)).mean()
        slope = (torch.autograd.grad(loss, z)[0] * across).sum(1)
        apart = (slope[0] - slope[1]).item()  # descent widens the cluster where negative
        assert (apart < -1e-3) if inside else abs(apart) < 1e-9


def test_edges_with_weights_are_the_influence_itself_without_an_order(z, edges):
    index, weight = influence(edges, 9, 3, cumulative=True)
    ready = pam_c(z, index, CLUSTER, weight, order=None)
    torch.testing.assert_close(ready, pam_c(z, edges, CLUSTER, order=3))
    doubled = PamC(None)(z, index, CLUSTER, 2 * weight)
    assert (ready - doubled).item() == pytest.approx(math.log(2))


def test_weights_of_edges_enter_the_walk(z, edges):
    edge_weight = torch.rand(14) + 0.1
    gamma = dense_influence(edges, order=2, cumulative=True, edge_weight=edge_weight)
    expected = slow_pam_c(z.detach(), gamma, CLUSTER, 0.5)
    assert PamC(2)(z, edges, CLUSTER, edge_weight).item() == pytest.approx(expected, rel=1e-6)


def test_the_influence_is_formed_once_for_each_graph(z, edges, monkeypatch):
    loss, calls = PamC(2), []
    form = loss._pairs.function
    monkeypatch.setattr(loss._pairs, "function", lambda *a: calls.append(1) or form(*a))
    other = edges.flip(1)[:, 1:]
    for graph in (edges, edges, edges.clone(), other, edges):
        loss(z, graph, CLUSTER)
    assert len(calls) == 2
    torch.testing.assert_close(loss(z, other, CLUSTER), pam_c(z, other, CLUSTER, order=2))


def test_a_graph_of_isolated_nodes_has_only_negatives(z):
    loss = PamC()(z, torch.empty(2, 0, dtype=torch.long), CLUSTER)
    assert loss.item() == pytest.approx(slow_negatives(z.detach(), CLUSTER, 0.5))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_half_precision_and_zero_rows_stay_finite(dtype, edges):
    z = torch.randn(9, 4).to(dtype)
    z[2] = 0  # the only row of its cluster
    z.requires_grad_()
    for options in OPTIONS:
        loss = PamC(2, scale=2.0, **options)(z, edges, CLUSTER)
        (grad,) = torch.autograd.grad(loss, z)
        assert torch.isfinite(loss)
        assert torch.isfinite(grad).all()
        assert not grad[2].any()


def test_views_equal_their_formula(z):
    v = torch.randn(9, 4, dtype=torch.double)
    positive = sum(cosine(a, b) for a, b in zip(z.detach(), v, strict=True)) / 9
    for options in OPTIONS:
        terms = [slow_negatives(x.detach(), CLUSTER, 2.0, **options) for x in (z, v)]
        loss = PamC(scale=2.0, **options)(z, v, CLUSTER)
        assert loss.item() == pytest.approx(sum(terms) / 2 - 2.0 * positive)
        assert pam_c_views(z, v, CLUSTER, scale=2.0, **options).item() == loss.item()


@pytest.mark.parametrize(
    ("cluster", "options", "error", "message"),
    [
        (torch.zeros(9).long(), {}, ValueError, "2 clusters or more apart.*9 nodes; got 1"),
        (torch.zeros(9).long(), {"num_clusters": 10}, ValueError, "at most the 9 nodes; got 10"),
        (torch.arange(9), {"num_clusters": 5}, ValueError, r"in \[0, 5\).*got 8"),
        (CLUSTER - 1, {}, ValueError, "cluster must be -1 .* or above, got -2"),
        (torch.full((9,), -1), {}, ValueError, "cluster must give some node a cluster"),
        (torch.zeros(8).long(), {}, ValueError, r"cluster must have shape \[9\].*\[8\]"),
        (torch.ones(9), {}, ValueError, r"cluster must have shape \[9, K\].*\[9\]"),
        (torch.ones(9, 12), {}, ValueError, "at most the 9 nodes; got 12"),
        (torch.ones(9, 3), {"num_clusters": 4}, ValueError, "4 columns; got 3"),
        (torch.full((9, 3), math.nan), {}, ValueError, "cluster must be finite"),
        (CLUSTER, {"assignment": "soft"}, TypeError, r"shares \[9, K\] for assignment='soft'"),
        (torch.ones(9, 3), {"assignment": "soft"}, ValueError, "sum to 1.*off by 2"),
        ([0] * 9, {}, TypeError, "cluster must be an integer tensor"),
    ],
)
def test_bad_clusters_are_named(z, edges, cluster, options, error, message):
    with pytest.raises(error, match=message):
        PamC(**options)(z, edges, cluster)
    with pytest.raises(error, match=message):
        PamC(**options)(z, z, cluster)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"order": 0}, ValueError, "order must be at least 1, got 0"),
        ({"order": None, "cumulative": False}, ValueError, "cumulative=False would be ignored"),
        ({"scale": 0.0}, ValueError, "scale must be a finite number above 0, got 0"),
        ({"assignment": "firm"}, ValueError, "assignment must be one of hard, soft; got 'firm'"),
        ({"num_clusters": 1}, ValueError, "num_clusters must be at least 2, got 1"),
        ({"reduction": "max"}, ValueError, "reduction must be one of"),
        ({"size_weighted": 1}, TypeError, "size_weighted must be True or False, got 1"),
        ({"intra_cluster": None}, TypeError, "intra_cluster must be True or False, got None"),
        ({"clusters": "kmean"}, ValueError, "clusters must be one of.*did you mean kmeans"),
        ({"clusters": 7}, TypeError, "clusters must be one of .*, or a function, got 7"),
        ({"clusters": "kmeans"}, ValueError, "num_clusters must be given for clusters='kmeans'"),
        ({"clusters": "prototypes"}, ValueError, "in_channels must be given"),
        ({"refresh": 3}, ValueError, "refresh=3 would be ignored"),
        ({"clusters": "labels", "refresh": 3}, ValueError, "refresh=3 would be ignored"),
        ({"in_channels": 3}, ValueError, "in_channels=3 would be ignored"),
        ({"clusters": "labels", "assignment": "soft"}, ValueError, "must be 'hard' for clusters="),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        PamC(**options)


def test_bad_rows_and_edges_are_named(z, edges):
    loss = PamC()
    with pytest.raises(ValueError, match="z must be finite, got nan at row 0"):
        loss(torch.full((9, 4), math.nan), edges, CLUSTER)
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 9\)"):
        loss(z, edges + 9, CLUSTER)
    with pytest.raises(TypeError, match="edge_index must be an integer tensor"):
        loss(z, None, CLUSTER)
    with pytest.raises(ValueError, match="cluster must be given with each call"):
        loss(z, edges)
    with pytest.raises(ValueError, match="edge_weight would be ignored: two views"):
        loss(z, z, CLUSTER, torch.ones(3))


@pytest.mark.realdata
def test_on_a_real_graph_it_is_the_gathered_form_in_float64(data_root):
    data = load("usps_sdcn", data_root)[0]
    index, weight = influence(data.edge_index, 9298, 4, cumulative=True)
    assert index.size(1) == 1_301_520
    z = torch.randn(9298, 10, dtype=torch.double, requires_grad=True)
    exact = gathered_pam_c(z, index, weight.double(), data.y, 0.5)
    (slope,) = torch.autograd.grad(exact, z)
    low = z.detach().float().requires_grad_()
    ours = PamC(4, scale=0.5)(low, data.edge_index, data.y)
    (rough,) = torch.autograd.grad(ours, low)
    assert ours.item() == pytest.approx(exact.item(), rel=1e-5)
    assert (rough - slope).norm() < 1e-5 * slope.norm()
