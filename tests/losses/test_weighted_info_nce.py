import math

import pytest
import torch

from gcl.losses import (
    WeightedInfoNCE,
    cluster_weights,
    dcl,
    info_nce,
    nt_xent,
    weighted_info_nce,
)

LOOSE = {"intra_view": False, "symmetric": False, "decoupled": True}


@pytest.fixture
def views():
    return torch.randn(2, 6, 3, dtype=torch.float64)


@pytest.fixture
def cluster():
    return torch.tensor([0, 0, 1, 1, 2, 2])


def test_without_weights_it_is_the_plain_losses(views):
    assert torch.isclose(weighted_info_nce(*views), nt_xent(*views))
    assert torch.isclose(weighted_info_nce(*views, intra_view=False), info_nce(*views))
    one_way = weighted_info_nce(*views, intra_view=False, symmetric=False)
    assert torch.isclose(one_way, info_nce(*views, symmetric=False))
    assert torch.isclose(weighted_info_nce(*views, decoupled=True), dcl(*views, temperature=0.5))


@pytest.mark.parametrize("intra_view", [True, False])
def test_both_directions_are_the_mean_of_either(views, cluster, intra_view):
    weights = {
        "log_weight": torch.randn(6, dtype=torch.float64),
        "pair_weights": [cluster_weights(cluster, same=0.3)],
    }
    both = weighted_info_nce(*views, **weights, intra_view=intra_view)
    one_way = {"intra_view": intra_view, "symmetric": False}
    there = weighted_info_nce(*views, **weights, **one_way)
    back = weighted_info_nce(*views.flip(0), **weights, **one_way)
    assert torch.isclose(both, (there + back) / 2)


def test_team_up_is_a_weight_on_samples(views):
    strength, gamma, t = torch.rand(6, dtype=torch.float64), 0.7, 0.4
    u, v = (torch.nn.functional.normalize(z, dim=1) for z in views)

    def team_up(a, b):
        bonus = gamma * (strength[:, None] + strength)
        own, other = (torch.exp((a @ x.t() + bonus) / t) for x in (a, b))
        own.fill_diagonal_(0.0)
        return -(other.diagonal() / (own.sum(1) + other.sum(1))).log()

    rows = weighted_info_nce(*views, gamma * strength / t, temperature=t, reduction="none")
    assert torch.allclose(rows, (team_up(u, v) + team_up(v, u)) / 2)


def test_equal_weights_change_nothing(views, cluster):
    options = {"temperature": 0.3, "reduction": "none"}
    plain = nt_xent(*views, **options)
    log_weight = torch.full((6,), 3.0, dtype=torch.float64)
    pair_weights = [cluster_weights(cluster, same=1.0)] * 2
    assert torch.allclose(weighted_info_nce(*views, log_weight, **options), plain)
    assert torch.allclose(weighted_info_nce(*views, None, pair_weights, **options), plain)


def test_nodes_in_clusters_of_their_own_give_the_decoupled_loss(views):
    alone = [cluster_weights(torch.arange(6))]
    expected = weighted_info_nce(*views, **LOOSE)
    assert torch.isclose(weighted_info_nce(*views, None, alone, **LOOSE), expected)


def test_doubled_weights_shift_a_decoupled_loss(views, cluster):
    u, v = views[0].requires_grad_(), views[1]
    once = weighted_info_nce(u, v, None, [cluster_weights(cluster)], **LOOSE)
    twice = weighted_info_nce(u, v, None, [cluster_weights(cluster)] * 2, **LOOSE)
    assert torch.isclose(twice, once + math.log(2))
    gradients = [torch.autograd.grad(loss, u)[0] for loss in (once, twice)]
    assert torch.allclose(*gradients)


@pytest.mark.parametrize("temperature", [0.5, 0.01])
def test_weight_zero_takes_a_negative_out(views, cluster, temperature):
    u, v = views
    v.requires_grad_()
    options = {"temperature": temperature, "reduction": "none", **LOOSE}
    rows = weighted_info_nce(u, v, None, [cluster_weights(cluster)], **options)
    left = torch.tensor([0, 2, 3, 4, 5])  # row 1 is in the cluster of row 0
    alone = weighted_info_nce(u[left], v[left], **options)
    assert torch.isclose(rows[0], alone[0])
    rows[0].backward()
    assert v.grad[1].norm() < 1e-30
    assert v.grad[2:].norm() > 1e-3


def test_a_row_without_weighted_negatives_contributes_nothing(views):
    u, v = views[0].requires_grad_(), views[1]
    cluster = torch.zeros(6, dtype=torch.long)
    rows = weighted_info_nce(u, v, None, [cluster_weights(cluster)], reduction="none", **LOOSE)
    rows.sum().backward()
    assert rows.tolist() == [0.0] * 6
    assert not u.grad.any()


def test_weights_have_gradients(views, cluster):
    log_weight = torch.randn(6, dtype=torch.float64, requires_grad=True)
    table = torch.rand(3, 3, dtype=torch.float64) + 0.5
    table[0, 1] = 0.0
    table.requires_grad_()

    def loss(log_weight, table):
        table = table.masked_fill(table == 0, 0.0)
        return weighted_info_nce(*views, log_weight, [(table, cluster)])

    assert torch.autograd.gradcheck(lambda w: loss(w, table.detach()), log_weight)
    (gradient,) = torch.autograd.grad(loss(log_weight, table), table)
    assert torch.isfinite(gradient).all()
    assert gradient[2, 2] != 0


def test_bad_weights_are_named(views, cluster):
    loss = WeightedInfoNCE()
    table = torch.ones(3, 3)
    for weights, error, message in (
        ((torch.ones(5),), ValueError, r"log_weight must have shape \[6\]"),
        ((torch.full((6,), -math.inf),), ValueError, "log_weight must be finite, got -inf"),
        ((None, [table]), TypeError, r"pair_weights must hold pairs \(table, cluster\)"),
        ((None, [(table[:2], cluster)]), ValueError, r"must be square .*\[2, 3\]"),
        ((None, [(-table, cluster)]), ValueError, "weights of 0 or above, .*least -1.0"),
        ((None, [(table, cluster + 1)]), ValueError, r"must lie in \[0, 3\).*got 3"),
        ((None, [(table, cluster - 1)]), ValueError, r"must lie in \[0, 3\).*got -1"),
        ((None, [(table, cluster[:5])]), ValueError, r"cluster of pair_weights .*\[6\]"),
        ((None, [cluster_weights(cluster)]), ValueError, "every positive .* 0 at row 0; decoupled"),
    ):
        with pytest.raises(error, match=message):
            loss(*views, *weights)
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        weighted_info_nce(torch.ones(1, 2), torch.ones(1, 2), decoupled=True)
    with pytest.raises(TypeError, match="symmetric must be True or False, got 'both'"):
        WeightedInfoNCE(symmetric="both")
    with pytest.raises(ValueError, match="temperature must be .* got 0"):
        WeightedInfoNCE(0.0)
