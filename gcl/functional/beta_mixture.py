r"""A mixture of two Beta distributions, fitted by expectation maximisation.

Legend: M samples.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gcl.checks import check_int, describe

_EPS = 1e-12


@dataclass(frozen=True)
class BetaMixture:
    r"""Two Beta distributions with weights; the first has the lower mean.

    Args:
        alpha: first parameters, [2].
        beta: second parameters, [2].
        weight: shares of the components, [2].
    """

    alpha: Tensor
    beta: Tensor
    weight: Tensor

    def log_likelihood(self, x: Tensor) -> Tensor:
        r"""Logarithm of share times density of both components: [M] -> [2, M]."""
        alpha, beta = self.alpha[:, None], self.beta[:, None]
        x = x.to(alpha.dtype).clamp(_EPS, 1 - _EPS)
        log_norm = torch.lgamma(alpha) + torch.lgamma(beta) - torch.lgamma(alpha + beta)
        kernel = (alpha - 1) * x.log() + (beta - 1) * torch.log1p(-x)
        return self.weight.clamp_min(_EPS).log()[:, None] + kernel - log_norm

    def log_odds(self) -> tuple[float, float, float]:
        r"""(c, p, q): the first component's log-odds at x are c + p log(x) + q log(1 - x)."""
        p, q = self.alpha[0] - self.alpha[1], self.beta[0] - self.beta[1]
        middle = self.log_likelihood(self.alpha.new_full((1,), 0.5))[:, 0]
        half = torch.tensor(0.5).log()
        return float(middle[0] - middle[1] - (p + q) * half), float(p), float(q)

    def posterior(self, x: Tensor) -> Tensor:
        r"""Probability that a sample comes from the component of the lower mean: [M] -> [M]."""
        return self.log_likelihood(x).softmax(0)[0]


@torch.no_grad()
def fit_beta_mixture(x: Tensor, *, iterations: int = 10, prior: float = 0.05) -> BetaMixture:
    r"""Fit two Beta distributions to numbers in [0, 1].

    Expectation maximisation as in `ProGCL <https://arxiv.org/abs/2110.02027>`_: the components
    start at Beta(1, 2) with share 1 - ``prior`` and Beta(2, 1) with share ``prior``, and an M step
    matches the weighted mean and variance. The second :math:`\beta` is 1.01 where it would fall
    below 1, so that the density of the upper component stays bounded at 1.

    Args:
        x: samples in [0, 1]; they are computed with in float64 on the CPU.
        iterations: EM steps.
        prior: share of the upper component at the start.

    Shapes:
        x [M] -> two components

    Raises:
        ValueError: for no samples, or samples outside [0, 1].

    Cost: O(M ``iterations``).

    Example:
        >>> x = torch.cat([torch.full((90,), 0.3), torch.full((10,), 0.8)])
        >>> x = x + torch.linspace(-0.05, 0.05, 100)
        >>> fit_beta_mixture(x).posterior(torch.tensor([0.3, 0.8])).round().tolist()
        [1.0, 0.0]
    """
    check_int(iterations, "iterations")
    if not x.numel() or not bool(((x >= 0) & (x <= 1)).all()):
        raise ValueError(f"x must hold numbers in [0, 1], one or more; got {describe(x)}")
    x = x.detach().reshape(-1).cpu().double().clamp(_EPS, 1 - _EPS)
    mixture = _mixture(x, [1.0, 2.0], [2.0, 1.0], [1 - prior, prior])
    for _ in range(iterations):
        share = mixture.log_likelihood(x).softmax(0).clamp_min(_EPS)
        mixture = _match_moments(x, share / share.sum(0))
    low = int((mixture.alpha / (mixture.alpha + mixture.beta)).argmin())
    order = [low, 1 - low]
    return BetaMixture(mixture.alpha[order], mixture.beta[order], mixture.weight[order])


def _mixture(like: Tensor, *parts: list[float]) -> BetaMixture:
    return BetaMixture(*(torch.tensor(part, dtype=like.dtype) for part in parts))


def _match_moments(x: Tensor, share: Tensor) -> BetaMixture:
    r"""The components whose means and variances are the weighted ones: share [2, M]."""
    total = share.sum(1)
    mean = share @ x / total
    variance = (share * (x - mean[:, None]).square()).sum(1) / total
    alpha = mean * (mean * (1 - mean) / variance.clamp_min(_EPS) - 1).clamp_min(_EPS)
    beta = alpha * (1 - mean) / mean
    beta[1] = torch.where(beta[1] < 1, 1.01, beta[1])
    return BetaMixture(alpha, beta, total / total.sum())
