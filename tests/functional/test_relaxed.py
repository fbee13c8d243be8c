import math

import pytest
import torch

from gcl.checks import NonFiniteError
from gcl.functional import relaxed_bernoulli


def seeded():
    return torch.Generator().manual_seed(2)


def test_equals_the_formula_entry_by_entry():
    logits = torch.randn(5, dtype=torch.float64)
    w = relaxed_bernoulli(logits, temperature=0.7, margin=0.01, generator=seeded())
    u = torch.rand(5, dtype=torch.float64, generator=seeded())
    for i in range(5):
        delta = 0.01 + 0.98 * u[i].item()
        power = (math.log(delta) - math.log(1 - delta) + logits[i].item()) / 0.7
        assert w[i].item() == pytest.approx(1 / (1 + math.exp(-power)), rel=1e-12)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("logit", [-2.0, 0.0, 1.0])
def test_rounded_it_is_a_bernoulli_draw_at_every_temperature(temperature, logit):
    w = relaxed_bernoulli(torch.full((40_000,), logit), temperature=temperature)
    kept = (w > 0.5).double().mean().item()
    assert kept == pytest.approx(1 / (1 + math.exp(-logit)), abs=0.01)


def test_low_temperatures_leave_nothing_between_and_high_ones_little_else():
    logits = torch.zeros(1000)
    cold, hot = (relaxed_bernoulli(logits, temperature=t) for t in (1e-4, 1e4))
    assert ((cold < 0.01) | (cold > 0.99)).float().mean() > 0.99
    assert torch.allclose(hot, torch.full((1000,), 0.5), atol=1e-2)


def test_ends_are_exact_and_without_gradient():
    logits = torch.tensor([-1e4, 1e4, -math.inf, math.inf], requires_grad=True)
    w = relaxed_bernoulli(logits)
    assert w.tolist() == [0.0, 1.0, 0.0, 1.0]
    w.sum().backward()
    assert logits.grad.tolist() == [0.0] * 4


def test_gradient():
    logits = torch.randn(6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: relaxed_bernoulli(x, generator=seeded()), logits)
    w = relaxed_bernoulli(logits, temperature=0.5)
    (grad,) = torch.autograd.grad(w.sum(), logits)
    assert torch.allclose(grad, w * (1 - w) / 0.5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_within_the_noise(dtype):
    logits = torch.zeros(20_000, dtype=dtype)
    w = relaxed_bernoulli(logits, generator=seeded())
    assert w.dtype == dtype
    exact = relaxed_bernoulli(logits.float(), generator=seeded())
    assert torch.equal(w, exact.to(dtype))


def test_a_generator_repeats_and_any_shape_is_kept():
    logits = torch.zeros(2, 3)
    first = relaxed_bernoulli(logits, generator=seeded())
    assert first.shape == (2, 3)
    assert torch.equal(first, relaxed_bernoulli(logits, generator=seeded()))
    assert relaxed_bernoulli(torch.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"temperature": 0.0}, ValueError, r"temperature must be a finite number above 0, got 0"),
        ({"temperature": "x"}, TypeError, "temperature must be a number, got 'x'"),
        ({"margin": 0.5}, ValueError, r"margin must be a number in \(0, 0\.5\), got 0\.5"),
        ({"margin": 0.0}, ValueError, "margin must be a finite number above 0, got 0"),
        ({"generator": 3}, TypeError, "generator must be"),
    ],
)
def test_bad_options(options, error, match):
    with pytest.raises(error, match=match):
        relaxed_bernoulli(torch.zeros(2), **options)


def test_bad_logits():
    with pytest.raises(TypeError, match="logits must be a floating-point tensor, got a tensor"):
        relaxed_bernoulli(torch.zeros(2, dtype=torch.long))
    with pytest.raises(NonFiniteError, match="logits must not be NaN, got 1 such entries of 2"):
        relaxed_bernoulli(torch.tensor([0.0, math.nan]))
