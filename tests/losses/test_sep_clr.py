import math

import pytest
import torch

from gcl.losses import SepCLR, align_uniform, sep_clr

OFF = {"uniformity": 0.0, "salient": 0.0, "null": 0.0, "joint": 0.0}
BACKGROUND = torch.tensor([True, False, False, True, False])


@pytest.fixture
def views():
    c1, c2 = torch.randn(2, 5, 4, dtype=torch.float64)
    s1, s2 = torch.randn(2, 5, 3, dtype=torch.float64)
    return c1, c2, s1, s2


def only(views, **weights):
    return sep_clr(*views, BACKGROUND, **(OFF | weights))


def test_common_part_is_alignment_and_uniformity(views):
    c1, c2, *_ = views
    # 1 / (2 * 0.25) is the t = 2 of the kernel and the factor of the squared distance
    expected = 2 * align_uniform(c1, c2, t=2.0, weight=1.5)
    torch.testing.assert_close(only(views, temperature=0.25, uniformity=3.0), expected)


def test_salient_part_of_targets_only(views):
    _, _, s1, s2 = views
    salient = only(views, salient=1.0) - only(views)
    expected = (s1 - s2).square().sum(1)[~BACKGROUND].mean()
    torch.testing.assert_close(salient, expected)


def test_salient_background_is_pulled_to_zero(views):
    c1, c2, s1, s2 = views
    pulled = only(views, null=1.0) - only(views)
    expected = (s1.square().sum(1) + s2.square().sum(1))[BACKGROUND].mean() / 2
    torch.testing.assert_close(pulled, expected)
    s1.requires_grad_()
    (gradient,) = torch.autograd.grad(only((c1, c2, s1, s2), null=1.0), s1)
    assert (gradient[BACKGROUND] * s1[BACKGROUND] > 0).all()
    assert (gradient[~BACKGROUND] == 0).all()


def test_joint_kernels_ignore_the_salient_background(views):
    c1, c2, s1, s2 = views
    other = [s.clone() for s in (s1, s2)]
    for s in other:
        s[BACKGROUND] += 1
    weights = {"joint": 1.0, "salient": 1.0, "uniformity": 1.0}
    expected = only(views, **weights)
    torch.testing.assert_close(only((c1, c2, *other), **weights), expected)


def test_joint_term_of_one_point_is_zero():
    c, s = torch.ones(5, 4), torch.zeros(5, 3)
    assert math.isclose(only((c, c, s, s), joint=1.0).item(), 0.0, abs_tol=1e-6)


def test_gradient_of_all_inputs(views):
    for x in views:
        x.requires_grad_()
    loss = SepCLR(salient=3.0, null=2.0).double()
    assert torch.autograd.gradcheck(lambda *x: loss(*x, BACKGROUND), views)


def test_long_salient_vectors_stay_finite(views):
    c1, c2, s1, s2 = (x.float() for x in views)
    s1 = (1e3 * s1).requires_grad_()
    loss = sep_clr(c1, c2, s1, s2, BACKGROUND)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(s1.grad).all()


@pytest.mark.parametrize("name", ["uniformity", "salient", "null", "joint"])
def test_bad_weight_is_named(name):
    with pytest.raises(ValueError, match=f"{name} must be a finite number, 0 or above, got -1"):
        SepCLR(**{name: -1.0})


@pytest.mark.parametrize(
    ("background", "error", "message"),
    [
        (torch.zeros(5, dtype=torch.bool), ValueError, "rows of both sets, got 0 of 5 rows"),
        (torch.ones(5, dtype=torch.bool), ValueError, "rows of both sets, got 5 of 5 rows"),
        (torch.ones(4, dtype=torch.bool), ValueError, r"must have shape \[5\].*\[4\]"),
        (torch.ones(5), TypeError, r"must be a bool tensor \[5\].*float32"),
        (None, TypeError, r"must be a bool tensor \[5\].*None"),
    ],
)
def test_bad_background_is_named(views, background, error, message):
    with pytest.raises(error, match=f"background .*{message}"):
        sep_clr(*views, background)


def test_salient_rows_must_match(views):
    c1, c2, s1, s2 = views
    with pytest.raises(ValueError, match=r"salient1 must have 5 rows as common1.*\[4, 3\]"):
        sep_clr(c1, c2, s1[:4], s2[:4], BACKGROUND)
    with pytest.raises(ValueError, match="salient1 and salient2 must agree in shape"):
        sep_clr(c1, c2, s1, s2[:4], BACKGROUND)
