import math

import pytest
import torch
from support.loss_cases.views import reference_barlow_twins

from gcl.losses import BarlowTwins, barlow_twins


def test_identical_views_leave_the_bias_of_the_deviation():
    z = torch.randn(9, 5, dtype=torch.float64)
    assert math.isclose(barlow_twins(z, z, redundancy=0.0), 5 / 9**2, rel_tol=1e-9)
    exact = barlow_twins(z, z, redundancy=0.0, unbiased=False)
    assert math.isclose(exact, 0.0, abs_tol=1e-20)


def test_biased_deviation_equals_its_reference():
    u, v = torch.randn(2, 6, 3, dtype=torch.float64)
    value = barlow_twins(u, v, redundancy=0.2, unbiased=False).item()
    assert value == pytest.approx(reference_barlow_twins(u, v, 0.2, 6))


def test_redundant_columns_cost_their_weight():
    z = torch.randn(8, 1, dtype=torch.float64).expand(8, 3)
    loss = barlow_twins(z, z, redundancy=0.5, unbiased=False)
    assert math.isclose(loss, 0.5 * 6, rel_tol=1e-9)  # six entries of 1 off the diagonal


def test_scale_and_shift_of_a_column_do_not_count():
    u, v = torch.randn(2, 8, 3, dtype=torch.float64)
    moved = u * torch.tensor([1.0, 20.0, 0.1]) + 5
    assert torch.isclose(barlow_twins(moved, v), barlow_twins(u, v))


def test_constant_column_is_zero_in_spite_of_rounding():
    z = torch.randn(1000, 3)
    z[:, 1] = 0.1  # its mean in float32 is not exactly 0.1
    z.requires_grad_()
    loss = barlow_twins(z, z, unbiased=False)
    loss.backward()
    assert math.isclose(loss.item(), 1.0, rel_tol=1e-2)  # C is 0 where it should be 1
    assert torch.equal(z.grad[:, 1], torch.zeros(1000))


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="redundancy must be a finite number, 0 or above, got -1"):
        BarlowTwins(-1)
    with pytest.raises(TypeError, match="unbiased must be True or False, got 1"):
        BarlowTwins(unbiased=1)
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        barlow_twins(torch.ones(1, 2), torch.ones(1, 2))
