r"""The losses of ProGCL: NT-Xent with negatives weighted or mixed by how likely they are true ones.

Legend: N rows of each view, D width, H hardest negatives.
"""

import math
from functools import partial

import torch
from torch import Tensor, nn

from gcl.checks import check_choice, check_int, check_positive
from gcl.functional.beta_mixture import fit_beta_mixture
from gcl.functional.neighbors import products_at
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp, row_sum, row_topk
from gcl.functional.phi import Phi
from gcl.losses.negatives import check_negatives

MODES = ("weight", "mix")
_EPS = 1e-6  # distance of a mapped similarity from 0 and 1, whose logarithms are taken


class TrueNegatives(nn.Module):
    r"""Contrast nodes with negatives that count by their probability of being true ones.

    A similarity s is mapped to :math:`\tilde s = (s + 1) / 2` and weighs :math:`B(s) = p(\tilde s)
    \tilde s`, where p is the posterior of the lower component of a Beta mixture (:meth:`fit`).
    Weights are constants: gradients flow through the similarities alone. See
    :class:`~gcl.methods.ProGCL` for both modes.

    Args:
        temperature: :math:`\tau` > 0.
        mode: ``"weight"`` or ``"mix"``.
        hardest: H of ``"mix"``.
        precision: as in :func:`gcl.functional.pairwise.row_logsumexp`.
    """

    log_odds: Tensor

    def __init__(
        self,
        temperature: float = 0.2,
        mode: str = "weight",
        hardest: int = 1000,
        precision: str = "highest",
    ) -> None:
        super().__init__()
        self.temperature = check_positive(temperature, "temperature")
        self.mode = check_choice(mode, "mode", MODES)
        self.hardest = check_int(hardest, "hardest", minimum=1)
        self.precision = precision
        self.register_buffer("log_odds", torch.zeros(3))

    @torch.no_grad()
    def fit(self, z1: Tensor, z2: Tensor, samples: int = 100, prior: float = 0.05) -> None:
        r"""Fit the mixture to similarities of all rows with ``samples`` rows of the other view."""
        check_negatives(z1, z2)
        drawn = torch.randint(len(z2), (samples,), device=z2.device)
        s = unit_rows(z1) @ unit_rows(z2)[drawn].t()  # [N, samples]
        other = drawn != torch.arange(len(z1), device=z1.device)[:, None]
        share = ((s[other] + 1) / 2).clamp(0, 1)
        self.log_odds.copy_(torch.tensor(fit_beta_mixture(share, prior=prior).log_odds()))

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the mean loss of the rows of both views: [N, D], [N, D] -> scalar."""
        check_negatives(z1, z2)
        u, v = unit_rows(z1), unit_rows(z2)
        positive = (u * v).sum(1) / self.temperature  # [N]
        if self.mode == "weight":
            rows = [torch.logaddexp(positive, self._weighted(*ab)) for ab in ((u, v), (v, u))]
            return (torch.stack(rows) - positive).mean()
        z = torch.cat([u, v])
        lse = partial(row_logsumexp, scale=1 / self.temperature, precision=self.precision)
        mixed = torch.cat([self._mixed(u, v), self._mixed(v, u)])
        partition = torch.logaddexp(lse(z, z, exclude_diagonal=True), mixed)
        return (partition.view(2, -1) - positive).mean()

    def _weighted(self, a: Tensor, b: Tensor) -> Tensor:
        r"""Log of the weighted sums over the other rows of ``b``, and of ``a`` itself: [N]."""
        total = partial(row_sum, exclude_diagonal=True, precision=self.precision)
        sums = []
        for candidates in (b, a):
            with torch.no_grad():
                mean = total(a, candidates, phi=self._weight()) / (len(a) - 1)
            weighed = total(a, candidates, phi=self._weighted_exponential())
            sums.append(_log(weighed) - mean.clamp_min(1e-30).log() + 1 / self.temperature)
        return torch.logaddexp(*sums)

    def _mixed(self, a: Tensor, b: Tensor) -> Tensor:
        r"""Log of the sum over mixtures of the hardest negatives of ``a`` in ``b``: [N]."""
        k = min(self.hardest, len(b) - 1)
        weight, index = row_topk(
            a.detach(), b.detach(), k, phi=self._weight(), exclude_diagonal=True
        )
        s = products_at(a, b, index)  # [N, H]
        order = torch.randperm(k, device=a.device)
        partner = weight[:, order]
        both = (s * weight + s[:, order] * partner) / (weight + partner).clamp_min(1e-12)
        return (both / self.temperature).logsumexp(1)

    def _weight(self) -> Phi:
        r"""B as a function of the similarity; a constant in the eyes of a gradient."""
        return Phi(1.0, partial(_weigh, log_odds=self.log_odds.tolist()), torch.zeros_like)

    def _weighted_exponential(self) -> Phi:
        r"""B(s) exp((s - 1) / tau), with the slope of the exponential alone."""
        odds, scale = self.log_odds.tolist(), 1 / self.temperature

        def value(s: Tensor) -> Tensor:
            kernel = s.sub(1).mul_(scale).exp_()
            return _weigh(s, odds).mul_(kernel)

        return Phi(1.0, value, lambda s: value(s).mul_(scale))

    def extra_repr(self) -> str:
        r"""Show the parameters."""
        own = f"temperature={self.temperature}, mode={self.mode!r}"
        return own if self.mode == "weight" else f"{own}, hardest={self.hardest}"


def _weigh(s: Tensor, log_odds: list[float]) -> Tensor:
    r"""Overwrite similarities with their weights sigmoid(c + p log x + q log(1 - x)) x."""
    c, p, q = log_odds
    x = s.add_(1).mul_(0.5).clamp_(_EPS, 1 - _EPS)
    odds = x.log().mul_(p).add_(torch.log1p(-x), alpha=q).add_(c)
    return x.mul_(odds.sigmoid_())


def _log(total: Tensor) -> Tensor:
    r"""Logarithm with -inf and no gradient at 0."""
    empty = total == 0
    return total.masked_fill(empty, 1.0).log().masked_fill(empty, -math.inf)
