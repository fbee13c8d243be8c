import math

import pytest
import torch

from gcl.losses import AdaptiveMultiHead, adaptive_multi_head, info_nce


def test_one_head_at_the_prior_is_info_nce():
    z1, z2 = torch.randn(2, 6, 4)
    loss = AdaptiveMultiHead(1, temperature=0.3)(z1, z2)
    assert torch.isclose(loss, info_nce(z1, z2, temperature=0.3))


def test_heads_are_averaged_and_penalised():
    z1, z2 = torch.randn(2, 6, 6)
    temperatures = torch.tensor([0.2, 0.5, 1.0])
    pieces = zip(z1.chunk(3, 1), z2.chunk(3, 1), temperatures.tolist(), strict=True)
    expected = sum(info_nce(x, y, temperature=t) for x, y, t in pieces) / 3
    expected = expected + 0.7 * sum(math.log(t / 0.5) ** 2 for t in temperatures.tolist())
    ours = adaptive_multi_head(z1, z2, temperatures.log(), prior=0.5, weight=0.7)
    assert torch.isclose(ours, expected)


def test_gradient_of_the_temperatures_is_exact():
    z1, z2 = torch.randn(2, 6, 4, dtype=torch.float64)
    log_t = torch.tensor([-1.0, 0.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: adaptive_multi_head(z1, z2, t, weight=0.2), log_t)


def test_a_temperature_beyond_its_bounds_is_clamped_and_drawn_back():
    loss = AdaptiveMultiHead(2, temperature=0.5, minimum=0.1, maximum=1.0)
    with torch.no_grad():
        loss.log_temperature[:] = torch.tensor([-9.0, 9.0])
    loss(*torch.randn(2, 6, 4)).backward()
    distance = loss.log_temperature.detach() - math.log(0.5)
    torch.testing.assert_close(loss.log_temperature.grad, 2 * 0.1 * distance)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_heads": 0}, "num_heads must be at least 1, got 0"),
        ({"temperature": 9.0}, r"temperature must be in \[0.05, 5.0\], got 9.0"),
        ({"minimum": 0.0}, "minimum must be a finite number above 0, got 0.0"),
        ({"weight": -1.0}, "weight must be a finite number, 0 or above, got -1.0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        AdaptiveMultiHead(**{"num_heads": 2} | options)


def test_heads_have_to_divide_the_width():
    with pytest.raises(ValueError, match="divisor of the width 5 of z1"):
        AdaptiveMultiHead(2)(torch.ones(3, 5), torch.ones(3, 5))
    with pytest.raises(TypeError, match="log_temperature must be a float vector, got 0.5"):
        adaptive_multi_head(torch.ones(3, 5), torch.ones(3, 5), 0.5)


@pytest.mark.parametrize("bound", [0.05, 0.1, 0.3])
def test_a_temperature_at_its_bound_learns(bound):
    loss = AdaptiveMultiHead(2, temperature=bound, minimum=bound)
    loss(*torch.randn(2, 20, 8)).backward()
    assert bool((loss.log_temperature.grad != 0).all())
