import math
from importlib import import_module

import pytest
import torch

from gcl.losses import Symile, info_nce, symile


@pytest.fixture
def views():
    return torch.randn(3, 6, 4, dtype=torch.float64)


def test_orthogonal_tuples_have_a_closed_form():
    z = torch.eye(4)
    shuffles = torch.Generator().manual_seed(0)
    loss = symile([z] * 3, scale=2.0, negatives="all")
    assert math.isclose(loss, math.log(math.exp(2) + 15) - 2, rel_tol=1e-6)
    loss = symile([z] * 3, scale=2.0, generator=shuffles)
    assert 0 < loss < symile([z] * 3, scale=2.0, negatives="all")  # fewer negatives


def test_constant_third_view_leaves_info_nce_of_the_others(views):
    u, v = views[:2]
    w = torch.ones(6, 4, dtype=torch.float64)  # unit entries of 1 / 2: a factor of the products
    rows = symile([u, v, w], scale=3.0, negatives="all", reduction="none")
    both = info_nce(u, v, temperature=2 / 3, reduction="none")
    # Each pair counts N times for the anchors u and v; the anchor w sees all pairs of u and v.
    unit_u, unit_v = (x / x.norm(dim=1, keepdim=True) for x in (u, v))
    s = 1.5 * unit_u @ unit_v.t()
    third = s.flatten().logsumexp(0) - s.diagonal()
    torch.testing.assert_close(rows, (2 * (both + math.log(6)) + third) / 3)


def test_two_flipped_signs_do_not_count(views):
    x, y, z = views
    flipped, one = (symile(v, negatives="all") for v in ([-x, -y, z], [-x, y, z]))
    torch.testing.assert_close(symile(views, negatives="all"), flipped)
    assert not torch.isclose(one, flipped)


def test_generator_repeats_the_shuffles(views):
    draws = [symile(views, generator=torch.Generator().manual_seed(k)) for k in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_blocks_of_products_change_nothing(views, monkeypatch):
    views.requires_grad_()
    expected = torch.autograd.grad(symile(views, negatives="all"), views)[0]
    monkeypatch.setattr(import_module("gcl.losses.symile"), "_BLOCK", 12)  # two rows of 6 at a time
    torch.testing.assert_close(
        torch.autograd.grad(symile(views, negatives="all"), views)[0], expected
    )


@pytest.mark.parametrize("negatives", ["shuffled", "all"])
def test_scale_is_learnt(views, negatives):
    loss = Symile(5.0, negatives=negatives).double()
    assert loss.log_scale.exp().item() == pytest.approx(5.0)

    def value(log_scale):
        torch.manual_seed(3)
        return symile(views, scale=log_scale.exp(), negatives=negatives)

    assert torch.autograd.gradcheck(value, loss.log_scale)
    fixed = Symile(learnable=False)
    assert not any(p.requires_grad for p in fixed.parameters())


def test_four_views():
    views = torch.randn(4, 5, 3, requires_grad=True)
    symile(views).backward()
    assert torch.isfinite(views.grad).all()
    with pytest.raises(ValueError, match="negatives='all' takes 3 views, got 4; use 'shuffled'"):
        symile(views, negatives="all")


def test_bad_input_is_named(views):
    with pytest.raises(ValueError, match="views must hold 3 views or more, got 2; for two views"):
        symile(views[:2])
    with pytest.raises(ValueError, match="views must have 2 rows or more .* got 1"):
        symile(views[:, :1])
    with pytest.raises(ValueError, match="scale must be a finite number above 0, got -1"):
        Symile(-1)
    with pytest.raises(TypeError, match="learnable must be True or False, got 1"):
        Symile(learnable=1)
    with pytest.raises(ValueError, match="negatives must be one of shuffled, all; got 'some'"):
        Symile(negatives="some")
    with pytest.raises(TypeError, match="generator must be a torch.Generator or None, got 3"):
        Symile(generator=3)
