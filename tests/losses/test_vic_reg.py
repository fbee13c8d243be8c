import math

import pytest
import torch

from gcl.losses import VICReg, vic_reg

OFF = {"invariance": 0.0, "variance": 0.0, "covariance": 0.0}


def only(z1, z2, **weight):
    return vic_reg(z1, z2, **(OFF | weight)).item()


def test_each_term_by_hand():
    u = torch.tensor([[1.0, 1.0], [-1.0, -1.0]]).double()  # variance 2, covariance 2
    v = torch.zeros(2, 2).double()
    assert only(u, v, invariance=1.0) == 1.0
    assert math.isclose(only(u, v, variance=1.0), 0.99 / 2)  # u has spread, v lacks all but 0.01
    assert math.isclose(only(u, v, covariance=1.0), (4 + 4) / 2)


def test_enough_spread_costs_nothing():
    z = torch.randn(500, 3) * 5
    assert only(z, z, variance=1.0) == 0.0


def test_collapse_is_pushed_apart():
    z = (1e-3 * torch.randn(10, 4)).requires_grad_()
    (gradient,) = torch.autograd.grad(vic_reg(z, z), z)
    assert (z - gradient).var(0).sum() > z.var(0).sum()


@pytest.mark.parametrize("name", OFF)
def test_bad_weight_is_named(name):
    with pytest.raises(ValueError, match=f"{name} must be a finite number, 0 or above, got -1"):
        VICReg(**{name: -1.0})


def test_one_row_has_no_variance():
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        vic_reg(torch.ones(1, 2), torch.ones(1, 2))
