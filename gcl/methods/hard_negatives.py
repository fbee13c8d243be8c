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
from gcl.functional.pairwise import row_logsumexp, row_topk
from gcl.functional.phi import Phi
from gcl.functional.weighed_views import weighed_view_sums
from gcl.losses.negatives import check_negatives

MODES = ("weight", "mix")
_EPS = 1e-6  # distance of a mapped similarity from 0 and 1, whose logarithms are taken
_LOG2_E = math.log2(math.e)
# Of a pair that is less likely a true negative than one to 2^30 no more is told apart: a row whose
# pairs all are would lose its negatives to underflow, while only their ratios count.
_UNLIKELY = 30.0
_COLDEST = 0.025  # exp(-2 / 0.02) is a subnormal number
_ROWS = 128  # weighed at once, so that what lies between stays in the cache


class TrueNegatives(nn.Module):
    r"""Contrast nodes with negatives that count by their probability of being true ones.

    A similarity s is mapped to :math:`\tilde s = (s + 1) / 2` and weighs :math:`B(s) = p(\tilde s)
    \tilde s`, where p is the posterior of the lower component of a Beta mixture (:meth:`fit`).
    Weights are constants: gradients flow through the similarities alone. See
    :class:`~gcl.methods.ProGCL` for both modes.

    Args:
        temperature: :math:`\tau` > 0; of ``"weight"`` 0.025 or above, where exponentials of all
            cosines are numbers of float32.
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
        if mode == "weight" and temperature < _COLDEST:
            raise ValueError(f"temperature must be {_COLDEST} or above, got {temperature}")
        self.hardest = check_int(hardest, "hardest", minimum=1)
        self.precision = precision
        self.register_buffer("log_odds", torch.zeros(3))

    @torch.no_grad()
    def fit(self, z1: Tensor, z2: Tensor, samples: int = 100, prior: float = 0.05) -> None:
        r"""Fit the mixture to similarities of all rows with ``samples`` rows of the other view."""
        check_negatives(z1, z2)
        drawn = torch.randint(len(z2), (samples,), device=z2.device)
        with torch.autocast(z1.device.type, enabled=False):  # similarities near 1 are told apart
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
            partition = torch.logaddexp(positive, self._weighted(u, v).view(2, -1))
            return (partition - positive).mean()
        z = torch.cat([u, v])
        lse = partial(row_logsumexp, scale=1 / self.temperature, precision=self.precision)
        mixed = torch.cat([self._mixed(u, v), self._mixed(v, u)])
        partition = torch.logaddexp(lse(z, z, exclude_diagonal=True), mixed)
        return (partition.view(2, -1) - positive).mean()

    def _weighted(self, u: Tensor, v: Tensor) -> Tensor:
        r"""Log of the weighted sums over the other nodes of both views, for all rows: [2N]."""
        scale, weigh = 1 / self.temperature, partial(_weigh, log_odds=self.log_odds.tolist())
        # One row for each view that the candidates are of, [2, 2N].
        weights, sums = weighed_view_sums(u, v, weigh, scale=scale, precision=self.precision)
        mean = (weights / max(len(u) - 1, 1)).clamp_min(1e-30)
        return (_log(sums) - mean.log()).logsumexp(0) + scale

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

    def extra_repr(self) -> str:
        r"""Show the parameters."""
        own = f"temperature={self.temperature}, mode={self.mode!r}"
        return own if self.mode == "weight" else f"{own}, hardest={self.hardest}"


def _weigh(s: Tensor, log_odds: list[float]) -> Tensor:
    r"""Overwrite similarities with their weights sigmoid(c + p log x + q log(1 - x)) x.

    In powers of 2, which take half the time of others on CPUs; 1 - x is exact where it is small.
    """
    for part in s.split(_ROWS if s.device.type == "cpu" else max(len(s), 1)):
        _weigh_rows(part, *log_odds)
    return s


def _weigh_rows(s: Tensor, c: float, p: float, q: float) -> None:
    x = s.add_(1).mul_(0.5).clamp_(_EPS, 1 - _EPS)
    against = (1 - x).log2_().mul_(-q).add_(x.log2(), alpha=-p).sub_(c * _LOG2_E)
    x.div_(against.clamp_(max=_UNLIKELY).exp2_().add_(1))


def _log(total: Tensor) -> Tensor:
    r"""Logarithm with -inf and no gradient at 0."""
    empty = total == 0
    return total.masked_fill(empty, 1.0).log().masked_fill(empty, -math.inf)
