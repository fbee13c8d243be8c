import math

import pytest
import torch
from torch.nn.functional import normalize

from gcl.losses import MACL, dcl, macl


def views(seed=0, noise=1.0):
    torch.manual_seed(seed)
    z1 = torch.randn(9, 4, dtype=torch.float64)
    z2 = z1 + noise * torch.randn(9, 4, dtype=torch.float64)
    return z1.requires_grad_(), z2.requires_grad_()


def test_gradient_is_that_of_dcl_at_the_adapted_temperature():
    z1, z2 = views()
    aligned = (normalize(z1) * normalize(z2)).sum(1).mean().item()
    adapted = 0.3 * (1 + 0.7 * (aligned - 0.2))
    ours = macl(z1, z2, temperature=0.3, alpha=0.7, threshold=0.2)
    theirs = dcl(z1, z2, temperature=adapted)
    for x, y in zip(*(torch.autograd.grad(f, (z1, z2)) for f in (ours, theirs)), strict=True):
        torch.testing.assert_close(x, y)


def test_gradient_is_that_of_the_formula_with_constant_weights():
    z1, z2 = views()
    u, v = normalize(z1), normalize(z2)
    t, n = 0.3 * (1 + 0.5 * (u * v).sum(1).mean().item()), 9
    mask = torch.eye(n, dtype=torch.bool)
    total = 0.0
    for x, y in ((u, v), (v, u)):
        own = (x @ x.t() / t).masked_fill(mask, -math.inf)
        log_p = torch.cat([x @ y.t() / t, own], dim=1).log_softmax(1)[:, :n].diagonal()
        total = total - (log_p / (1 - log_p.exp().detach())).sum() / (2 * n)
    ours = macl(z1, z2, temperature=0.3)
    assert torch.isclose(ours, total)
    for x, y in zip(*(torch.autograd.grad(f, (z1, z2)) for f in (ours, total)), strict=True):
        torch.testing.assert_close(x, y)


def test_alpha_zero_fixes_the_temperature():
    z1, z2 = views()
    thresholds = [macl(z1, z2, alpha=0.0, threshold=a) for a in (0.0, 1.0)]
    assert torch.equal(*thresholds)


def test_matched_pairs_at_a_low_temperature_lose_no_gradient():
    z = torch.eye(4, requires_grad=True)  # 1 - P is 6 exp(-100), far below a float32's rounding
    loss = macl(z, z.detach(), temperature=0.01, alpha=0.0)
    loss.backward()
    assert loss.item() == pytest.approx(1.0)
    assert z.grad.norm() > 1


def test_opposed_views_keep_a_positive_temperature():
    z = torch.randn(5, 3)
    assert torch.isfinite(macl(z, -z, alpha=1.0, threshold=1.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0.0}, "temperature must be a finite number above 0, got 0.0"),
        ({"alpha": 1.5}, r"alpha must be a probability in \[0, 1\], got 1.5"),
        ({"threshold": -0.1}, r"threshold must be a probability in \[0, 1\], got -0.1"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        MACL(**options)


def test_one_row_has_no_negative():
    with pytest.raises(ValueError, match="z1 must have 2 rows or more"):
        macl(torch.ones(1, 2), torch.ones(1, 2))
