import numpy as np
import pytest
import torch
from scipy import stats

from gcl.functional import beta_mixture as module
from gcl.functional.beta_mixture import BetaMixture, fit_beta_mixture

MIXTURE = BetaMixture(*(torch.tensor(v).double() for v in ([3.0, 8.0], [5.0, 2.0], [0.7, 0.3])))


def samples(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    low, high = rng.beta(3, 12, int(0.8 * n)), rng.beta(20, 4, n - int(0.8 * n))
    return np.concatenate([low, high])


def slow_fit(x, iterations, prior):
    """One sample, one component and one number at a time, with densities of SciPy."""
    alpha, beta, weight = [1.0, 2.0], [2.0, 1.0], [1 - prior, prior]
    for _ in range(iterations):
        density = [[weight[k] * stats.beta.pdf(v, alpha[k], beta[k]) for k in (0, 1)] for v in x]
        share = [[max(d / sum(row), 1e-12) for d in row] for row in density]
        for k in (0, 1):
            total = sum(row[k] for row in share)
            mean = sum(row[k] * v for row, v in zip(share, x, strict=True)) / total
            var = sum(row[k] * (v - mean) ** 2 for row, v in zip(share, x, strict=True)) / total
            alpha[k] = mean * (mean * (1 - mean) / var - 1)
            beta[k] = alpha[k] * (1 - mean) / mean
            weight[k] = total / len(x)
        beta[1] = 1.01 if beta[1] < 1 else beta[1]
    return alpha, beta, weight


@pytest.mark.parametrize("x", [samples(60), np.linspace(0.05, 0.95, 40)], ids=["two", "flat"])
def test_equals_the_slow_fit(x):
    fitted = fit_beta_mixture(torch.from_numpy(x), iterations=4, prior=0.15)
    alpha, beta, weight = slow_fit(x, 4, 0.15)
    for ours, theirs in ((fitted.alpha, alpha), (fitted.beta, beta), (fitted.weight, weight)):
        torch.testing.assert_close(ours, torch.tensor(theirs).double(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("prior", [0.05, 0.5])
def test_the_first_component_is_the_lower_one(prior):
    fitted = fit_beta_mixture(torch.from_numpy(samples()), prior=prior)
    assert fitted.weight.sum().item() == pytest.approx(1)
    mean = fitted.alpha / (fitted.alpha + fitted.beta)
    assert mean[0] < mean[1]
    low, high = fitted.posterior(torch.tensor([0.2, 0.9]).double())
    assert low > high


def test_components_that_cross_are_put_in_order(monkeypatch):
    start = module._mixture
    swapped = lambda x, alpha, beta, weight: start(x, alpha[::-1], beta[::-1], weight[::-1])  # noqa: E731
    monkeypatch.setattr(module, "_mixture", swapped)
    fitted = fit_beta_mixture(torch.from_numpy(samples()), iterations=0)
    assert (fitted.alpha.tolist(), fitted.beta.tolist()) == ([1.0, 2.0], [2.0, 1.0])


def test_second_beta_stays_above_one():
    fitted = fit_beta_mixture(torch.from_numpy(samples()))
    assert fitted.beta[1] == 1.01
    assert torch.isfinite(fitted.log_likelihood(torch.tensor([0.0, 1.0]))).all()


def test_log_likelihood_and_posterior():
    x = np.array([0.01, 0.3, 0.77, 0.99])
    density = [w * stats.beta.pdf(x, a, b) for a, b, w in ((3, 5, 0.7), (8, 2, 0.3))]
    torch.testing.assert_close(
        MIXTURE.log_likelihood(torch.from_numpy(x)), torch.from_numpy(np.log(density))
    )
    expected = torch.from_numpy(density[0] / sum(density))
    torch.testing.assert_close(MIXTURE.posterior(torch.from_numpy(x)), expected)


def test_log_odds_are_those_of_the_posterior():
    c, p, q = MIXTURE.log_odds()
    x = torch.linspace(0.01, 0.99, 9).double()
    odds = c + p * x.log() + q * torch.log1p(-x)
    torch.testing.assert_close(odds.sigmoid(), MIXTURE.posterior(x))


def test_equal_samples_give_finite_components():
    fitted = fit_beta_mixture(torch.full((30,), 0.5))
    assert all(np.isfinite(fitted.log_odds()))


@pytest.mark.parametrize("x", [[], [0.2, 1.1], [torch.nan]], ids=["none", "above", "nan"])
def test_bad_samples_are_named(x):
    with pytest.raises(ValueError, match=r"x must hold numbers in \[0, 1\], one or more"):
        fit_beta_mixture(torch.tensor(x))
