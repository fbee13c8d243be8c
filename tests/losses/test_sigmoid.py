import math

import pytest
import torch

from gcl.losses import Sigmoid, sigmoid


def test_orthogonal_rows_have_a_closed_form():
    z = torch.eye(3, dtype=torch.float64)
    expected = math.log1p(math.exp(-(4 - 1.0))) + 2 * math.log1p(math.exp(-1.0))
    assert math.isclose(sigmoid(z, z, scale=4.0, bias=-1.0), expected)


def test_scale_and_bias_are_learnt_and_start_where_told():
    loss = Sigmoid(scale=7.0, bias=-3.0)
    assert loss.log_scale.exp().item() == pytest.approx(7.0)
    assert loss.bias.item() == -3.0
    u, v = torch.randn(5, 3), torch.randn(5, 3)
    loss(u, v).backward()
    assert loss.log_scale.grad != 0
    assert loss.bias.grad != 0


def test_gradients_of_scale_and_bias_are_exact():
    u, v = torch.randn(2, 5, 3, dtype=torch.float64)
    scale, bias = torch.tensor([2.0, -0.5], dtype=torch.float64).requires_grad_().unbind()
    assert torch.autograd.gradcheck(lambda t, b: sigmoid(u, v, scale=t, bias=b), (scale, bias))


def test_the_sum_over_negatives_is_not_a_mean():
    z = torch.zeros(9, 2)  # every logit is the bias
    assert math.isclose(sigmoid(z, z, bias=0.0), 9 * math.log(2), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0.0}, "scale must be a finite number above 0, got 0.0"),
        ({"bias": math.nan}, "bias must be a finite number, got nan"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Sigmoid(**options)
