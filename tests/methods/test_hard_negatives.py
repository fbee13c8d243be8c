import math

import pytest
import torch

from gcl.functional.beta_mixture import fit_beta_mixture
from gcl.functional.normalize import unit_rows
from gcl.losses import nt_xent
from gcl.methods.hard_negatives import TrueNegatives

ODDS = (0.4, -0.7, 0.9)
TAU = 0.3


@pytest.fixture
def views():
    return tuple(torch.randn(7, 4).double().requires_grad_() for _ in range(2))


def loss(mode, hardest=1000, odds=ODDS):
    module = TrueNegatives(TAU, mode, hardest, "highest").double()
    module.log_odds.copy_(torch.tensor(odds))
    return module


def weight(s):
    """B of one similarity."""
    x = (s.item() + 1) / 2
    odds = ODDS[0] + ODDS[1] * math.log(x) + ODDS[2] * math.log(1 - x)
    return x / (1 + math.exp(-odds))


def slow_weighted(u, v):
    """Anchors in u, one pair at a time; weights are plain numbers, so they have no gradient."""
    total, n = 0, len(u)
    for i in range(n):
        partition = positive = torch.exp(u[i] @ v[i] / TAU)
        for other in (v, u):
            s = [u[i] @ other[j] for j in range(n) if j != i]
            b = [weight(value) for value in s]
            mean = sum(b) / (n - 1)
            partition = partition + sum(
                w / mean * torch.exp(t / TAU) for w, t in zip(b, s, strict=True)
            )
        total = total + torch.log(partition / positive)
    return total / n


def slow_mixed(u, v, hardest, order):
    total, n = 0, len(u)
    for i in range(n):
        cross = [u[i] @ v[j] for j in range(n)]
        own = [u[i] @ u[j] for j in range(n) if j != i]
        partition = sum(torch.exp(t / TAU) for t in cross + own)
        others = sorted((weight(cross[j]), j) for j in range(n) if j != i)[::-1][:hardest]
        for (a, j), place in zip(others, order, strict=True):
            b, k = others[place]
            mixed = (a * cross[j] + b * cross[k]) / (a + b)
            partition = partition + torch.exp(mixed / TAU)
        total = total + torch.log(partition) - cross[i] / TAU
    return total / n


def check(ours, slow, views):
    torch.testing.assert_close(ours, slow)
    grads = [torch.autograd.grad(value, views) for value in (ours, slow)]
    torch.testing.assert_close(*grads)


def test_weighted_loss_and_gradient_equal_the_slow_form(views):
    u, v = map(unit_rows, views)
    slow = (slow_weighted(u, v) + slow_weighted(v, u)) / 2
    check(loss("weight")(*views), slow, views)


@pytest.mark.parametrize("hardest", [3, 100])
def test_mixed_loss_and_gradient_equal_the_slow_form(views, hardest):
    u, v = map(unit_rows, views)
    count = min(hardest, 6)
    torch.manual_seed(1)
    orders = [torch.randperm(count).tolist() for _ in range(2)]
    slow = (slow_mixed(u, v, count, orders[0]) + slow_mixed(v, u, count, orders[1])) / 2
    torch.manual_seed(1)
    check(loss("mix", hardest)(*views), slow, views)


def test_weights_of_equal_negatives_are_one():
    z = torch.eye(5).double()
    torch.testing.assert_close(loss("weight")(z, z), nt_xent(z, z, temperature=TAU))


def test_similar_negatives_count_less_where_they_are_likely_false():
    z1, z2 = torch.randn(9, 4).double(), torch.randn(9, 4).double()
    z1[1] = z1[0] + 0.01  # a duplicate, hard for both
    strict = loss("weight", odds=(0.0, -6.0, 6.0))  # p falls steeply with the similarity
    assert strict(z1, z2) < nt_xent(z1, z2, temperature=TAU)


def test_fit_reads_similarities_of_other_nodes():
    z1, z2, module = torch.randn(30, 4), torch.randn(30, 4), loss("weight").float()
    torch.manual_seed(2)
    module.fit(z1, z2, 20, 0.15)
    torch.manual_seed(2)
    drawn = torch.randint(30, (20,))
    s = unit_rows(z1) @ unit_rows(z2)[drawn].t()
    other = torch.tensor([[i != j for j in drawn.tolist()] for i in range(30)])
    fitted = fit_beta_mixture((s[other] + 1) / 2, prior=0.15)
    torch.testing.assert_close(module.log_odds, torch.tensor(fitted.log_odds()))


@pytest.mark.parametrize("mode", ["weight", "mix"])
def test_negatives_that_are_all_unlikely_are_told_apart_by_their_similarity(mode):
    z1, z2 = torch.randn(2, 4, 3).unbind()
    found = []
    for odds in ((-1e4, 0.0, 0.0), (0.0, 0.0, 0.0)):  # of weights only the ratios count
        torch.manual_seed(1)
        found.append(loss(mode, odds=odds).float()(z1, z2))
    torch.testing.assert_close(*found)


def test_fit_under_autocast_reads_similarities_in_float32():
    z = torch.ones(1, 16) + 0.05 * torch.randn(30, 16)  # cosines within the last steps of bfloat16
    found = []
    for enabled in (False, True):
        module = loss("weight").float()
        torch.manual_seed(2)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            module.fit(z, z + 0.01 * z.flip(0), 20, 0.15)
        found.append(module.log_odds)
    torch.testing.assert_close(*found)


def test_temperatures_whose_exponentials_vanish_are_refused():
    with pytest.raises(ValueError, match=r"temperature must be 0.025 or above, got 0.01"):
        TrueNegatives(0.01)
    assert TrueNegatives(0.01, "mix").temperature == 0.01
    a = torch.eye(8)[:6]
    b = (-a + 0.01 * torch.randn(6, 8)).requires_grad_()
    loss = TrueNegatives(0.025)(a, b)
    loss.backward()
    assert bool(torch.isfinite(b.grad).all())
