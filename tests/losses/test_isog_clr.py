import copy
import io
import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.losses import ISogCLR, isog_clr
from gcl.losses.temperatures import TemperatureRule, Temperatures

NODES = torch.tensor([4, 0, 7])


def views(n=3, d=4):
    z1, z2 = torch.randn(2, n, d, dtype=torch.float64)
    return z1.requires_grad_(), z2.requires_grad_()


def dense(z1, z2, t):
    """Similarities of u and of v with the negatives of both views, [2, N, 2N - 2]."""
    u, v = normalize(z1), normalize(z2)
    keep = ~torch.eye(len(u), dtype=torch.bool)
    pick = lambda s: s[keep].view(len(u), -1)  # noqa: E731
    return u, v, [torch.cat([pick(x @ y.t()), pick(x @ x.t())], 1) for x, y in ((u, v), (v, u))]


def test_first_visit_has_the_gradient_of_the_softmax_form():
    z1, z2 = views()
    loss = ISogCLR(8, temperature=0.3).double()(z1, z2, NODES)
    u, v, similar = dense(z1, z2, 0.3)
    soft = sum((s / 0.3).logsumexp(1) * 0.3 for s in similar) / 2 - (u * v).sum(1)
    hard = sum(((s / 0.3).softmax(1) * s).sum(1) for s in similar) / 2 - (u * v).sum(1)
    assert torch.isclose(loss, hard.mean())
    for x, y in zip(*(torch.autograd.grad(f, (z1, z2)) for f in (loss, soft.mean())), strict=True):
        torch.testing.assert_close(x, y)


def test_state_follows_the_formulas_over_two_calls():
    loss = ISogCLR(8, temperature=0.4, gamma=0.6, beta=0.7, lr=0.05, rho=0.5).double()
    t, m, s = (torch.full((3,), value, dtype=torch.float64) for value in (0.4, 0.0, 0.0))
    for first in (True, False):
        z1, z2 = views()
        loss(z1, z2, NODES)
        means, slopes = [], []
        for similar in dense(z1.detach(), z2.detach(), t)[2]:
            e = (similar / t[:, None]).exp()
            mean = e.mean(1) if first else 0.4 * s + 0.6 * e.mean(1)
            w = e / mean[:, None]
            means.append(mean)
            slopes.append(mean.log() + 0.5 - (w * similar / t[:, None]).mean(1))
        s = sum(means) / 2
        m = 0.3 * m + 0.7 * (sum(slopes) / 2).clamp(-3, 3)
        t = (t - 0.05 * m).clamp(0.05, 1.0)
        torch.testing.assert_close(loss.temperature[NODES], t)
        torch.testing.assert_close(loss.log_mean[NODES], s.log())
        torch.testing.assert_close(loss.momentum[NODES], m)


def test_only_the_nodes_of_the_batch_change():
    loss = ISogCLR(8)
    before = copy.deepcopy(loss.state_dict())
    loss(*views(), NODES)
    for name, values in loss.state_dict().items():
        changed = (values != before[name]).nonzero().flatten().tolist()
        assert changed == sorted(NODES.tolist()), name


def test_evaluation_mode_reads_only():
    loss = ISogCLR(3)
    loss(*views())
    before = copy.deepcopy(loss.eval().state_dict())
    z1, z2 = views()
    assert torch.equal(loss(z1, z2), loss(z1, z2))
    assert all(torch.equal(before[name], values) for name, values in loss.state_dict().items())


def test_a_saved_state_continues_exactly():
    loss, file = ISogCLR(3), io.BytesIO()
    loss(*views())
    torch.save(loss.state_dict(), file)
    file.seek(0)
    restored = ISogCLR(3)
    restored.load_state_dict(torch.load(file))
    z1, z2 = views()
    for _ in range(2):
        assert torch.equal(loss(z1, z2), restored(z1, z2))


def test_temperatures_stay_within_their_bounds():
    for rho, bound in ((50.0, 0.05), (-50.0, 1.0)):
        loss = ISogCLR(3, rho=rho, lr=10.0)
        loss(*views())
        assert torch.equal(loss.temperature, torch.full((3,), bound))


def test_the_functional_changes_nothing_it_is_given():
    z1, z2 = views()
    state = Temperatures.initial(3, 0.2)
    _, after = isog_clr(z1, z2, state, rule=TemperatureRule(gamma=1.0))
    assert torch.equal(state.temperature, torch.full((3,), 0.2))
    assert (state.log_mean == -math.inf).all()
    assert torch.isfinite(after.log_mean).all()
    assert not any(x.requires_grad for x in after)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_nodes": 1}, "num_nodes must be at least 2, got 1"),
        ({"temperature": 0.01}, r"temperature must be in \[0.05, 1.0\], got 0.01"),
        ({"gamma": 1.5}, r"gamma must be in \(0, 1\], got 1.5"),
        ({"beta": 0.0}, "beta must be a finite number above 0, got 0.0"),
        ({"minimum": 0.5, "maximum": 0.1}, r"maximum must be in \[0.5, inf\], got 0.1"),
        ({"lr": -1.0}, "lr must be a finite number above 0, got -1.0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        ISogCLR(**{"num_nodes": 5} | options)


@pytest.mark.parametrize(
    ("n_id", "error", "message"),
    [
        (None, ValueError, "n_id must be given for 3 rows of 8 nodes"),
        ([0, 1, 2], TypeError, r"n_id must be an integer tensor \[3\], got \[0, 1, 2\]"),
        (torch.tensor([0, 1]), ValueError, r"n_id must have shape \[3\].*\[2\]"),
        (torch.tensor([0, 8, 1]), ValueError, r"n_id must lie in \[0, 8\), the nodes; got 8"),
        (torch.tensor([0, -1, 1]), ValueError, "got -1"),
        (torch.tensor([5, 1, 5]), ValueError, "n_id must not repeat a node, got 5 twice"),
    ],
)
def test_bad_node_indices_are_named(n_id, error, message):
    with pytest.raises(error, match=message):
        ISogCLR(8)(*views(), n_id)


def test_slope_is_rho_less_the_divergence_of_the_weights_from_equal_ones():
    z1, z2 = views(6)
    rule = TemperatureRule(rho=1.0, beta=1.0, clip=50.0)
    _, after = isog_clr(z1, z2, Temperatures.initial(6, 0.2), rule=rule)
    divergence = sum(
        math.log(10) + torch.special.entr((s / 0.2).softmax(1)).sum(1).neg()
        for s in dense(z1, z2, 0.2)[2]
    )
    torch.testing.assert_close(after.momentum.double(), 1.0 - divergence.detach() / 2)


def test_state_and_views_may_differ_in_dtype():
    z1, z2 = views()
    loss = ISogCLR(8).double()
    low = loss(z1.float(), z2.float(), NODES)
    torch.testing.assert_close(low, ISogCLR(8)(z1.float(), z2.float(), NODES))
    assert loss.log_mean.dtype == torch.float64
