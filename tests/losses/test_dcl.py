import math

import pytest
import torch

from gcl.losses import DCL, dcl, nt_xent


def test_orthogonal_rows_have_a_closed_form():
    z = torch.eye(4)
    assert math.isclose(dcl(z, z, temperature=1.0), math.log(6) - 1, rel_tol=1e-6)


def test_is_nt_xent_and_the_log_probability_of_a_miss():
    u, v = torch.randn(2, 6, 3, dtype=torch.float64)
    z = torch.nn.functional.normalize(torch.cat([u, v]), dim=1)
    logits = (z @ z.t() / 0.3).fill_diagonal_(-math.inf)
    p = torch.cat([logits.softmax(1).diagonal(6), logits.softmax(1).diagonal(-6)])
    missed = (1 - p).log().view(2, -1).mean(0)
    rows = nt_xent(u, v, temperature=0.3, reduction="none")
    assert torch.allclose(dcl(u, v, temperature=0.3, reduction="none"), rows + missed)
    assert dcl(u, v, temperature=0.3) < nt_xent(u, v, temperature=0.3)


def test_close_pairs_keep_their_digits():
    z = torch.eye(3)  # the positive is e^100 times a negative: 1 - p is 0 in float32
    assert math.isclose(dcl(z, z, temperature=0.01), math.log(4) - 100, rel_tol=1e-6)


def test_gradient_of_a_close_pair_does_not_fade():
    u = torch.eye(3).requires_grad_()
    v = torch.nn.functional.normalize(torch.eye(3) + 0.01, dim=1)
    (decoupled,) = torch.autograd.grad(dcl(u, v, temperature=0.1), u)
    (coupled,) = torch.autograd.grad(nt_xent(u, v, temperature=0.1), u)
    assert decoupled.norm() > 100 * coupled.norm()


def test_equal_pairs_have_weight_one():
    z = torch.randn(5, 3)
    assert torch.isclose(dcl(z, z, weighted=True), dcl(z, z))


def test_weights_pass_no_gradient_by_default():
    u, v = torch.randn(5, 3, requires_grad=True), torch.randn(5, 3)
    similarity = torch.cosine_similarity(u, v)
    weight = 2 - 5 * (similarity / 0.5).softmax(0).detach()
    by_hand = dcl(u, v) + ((1 - weight) * similarity).mean() / 0.1
    (expected,) = torch.autograd.grad(by_hand, u)
    (gradient,) = torch.autograd.grad(dcl(u, v, weighted=True), u)
    (through,) = torch.autograd.grad(dcl(u, v, weighted=True, detach_weight=False), u)
    assert torch.allclose(gradient, expected, atol=1e-5)
    assert not torch.allclose(through, expected, atol=1e-2)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        dcl(torch.ones(1, 2), torch.ones(1, 2))
    with pytest.raises(ValueError, match=r"temperature must be .* got 0"):
        DCL(0.0)
    with pytest.raises(ValueError, match=r"sigma must be .* got -1"):
        DCL(weighted=True, sigma=-1.0)
    with pytest.raises(ValueError, match=r"sigma=0.5, .* would be ignored"):
        DCL(sigma=0.5)
    with pytest.raises(ValueError, match="detach_weight=False would be ignored"):
        dcl(torch.eye(2), torch.eye(2), detach_weight=False)
    with pytest.raises(TypeError, match="weighted must be True or False, got 1"):
        DCL(weighted=1)
