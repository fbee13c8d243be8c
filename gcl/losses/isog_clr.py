r"""The robust contrastive loss with a temperature of its own for every node.

Legend: N rows of each view, D width.
"""

import math

import torch
from torch import Tensor

from gcl.checks import check_int, describe
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss, StreamOptions
from gcl.losses.entropy import row_p_log_p
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.losses.temperatures import TemperatureRule, Temperatures

_RULE = TemperatureRule()


def isog_clr(
    z1: Tensor,
    z2: Tensor,
    state: Temperatures,
    *,
    rule: TemperatureRule = _RULE,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> tuple[Tensor, Temperatures]:
    r"""Compute the loss of two views and the next state of their N nodes: see :class:`ISogCLR`."""
    check_negatives(z1, z2)
    check_reduction(reduction)
    u, v = unit_rows(z1), unit_rows(z2)
    state = Temperatures(*(values.to(u.dtype) for values in state))
    options = StreamOptions(precision=precision, block_size=block_size)
    rows1, log_mean1, slope1 = _anchors(u, v, state, rule, options)
    rows2, log_mean2, slope2 = _anchors(v, u, state, rule, options)
    log_mean = torch.logaddexp(log_mean1, log_mean2) - math.log(2)
    after = rule.step(state, log_mean, (slope1 + slope2) / 2)
    return reduce_rows((rows1 + rows2) / 2, reduction), after


def _anchors(
    u: Tensor, v: Tensor, state: Temperatures, rule: TemperatureRule, options: StreamOptions
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Loss, running log-mean and slope of the temperature of every row of ``u``: 3 x [N]."""
    a = u / state.temperature[:, None]
    across = row_logsumexp(a, v, exclude_diagonal=True, **options)
    total = torch.logaddexp(across, row_logsumexp(a, u, exclude_diagonal=True, **options))  # [N]
    with torch.no_grad():
        log_batch = total - math.log(2 * (len(u) - 1))
        log_mean = rule.running(state.log_mean, log_batch)
        share = (log_batch - log_mean).exp()  # the sum of the weights w, divided by 2N - 2
        mean_logit = total + sum(row_p_log_p(a, x, total, **options) for x in (u, v))
        value = share * mean_logit  # mean of w s / tau over the negatives
        slope = log_mean + rule.rho - value
    # Weights w that are held constant give the gradient of tau * share * total.
    attached = state.temperature * share * total
    repulsion = attached + (state.temperature * value - attached).detach()
    return repulsion - (u * v).sum(1), log_mean, slope


class ISogCLR(PairwiseLoss):
    r"""Contrast every node with all others of both views at a temperature learnt for that node
    (`iSogCLR <https://arxiv.org/abs/2305.11965>`_).

    .. math::
        \ell(u_i) = \frac{1}{2N - 2} \sum_{x} w_{ix}\, s(u_i, x) - s(u_i, v_i), \qquad
        w_{ix} = \frac{e^{s(u_i, x) / \tau_i}}{s_i}, \qquad
        s_i \leftarrow (1 - \gamma) s_i + \frac{\gamma}{2N - 2} \sum_x e^{s(u_i, x) / \tau_i}

    with cosine similarity s; the loss is the mean of :math:`\ell(u_i)` and :math:`\ell(v_i)` over
    all rows. Positive: the same row of the other view. Negatives x: every other row of both views.
    The weights w are constants for the gradient, which is that of :math:`\tau_i \log \sum_x e^{s /
    \tau_i}` up to the share of the batch in :math:`s_i`. On a node's first visit :math:`s_i` is the
    mean of the batch. A call in training mode then moves the temperatures:

    .. math::
        g_i = \log s_i + \rho - \frac{1}{2N - 2} \sum_x w_{ix} \frac{s(u_i, x)}{\tau_i}, \qquad
        m_i \leftarrow (1 - \beta) m_i + \beta g_i, \qquad \tau_i \leftarrow \tau_i - \eta m_i

    with :math:`g_i` averaged over the views, then clipped; both views share the state. On a first
    visit :math:`g_i` is :math:`\rho` less the Kullback-Leibler divergence of the weights from equal
    ones: a temperature falls until that divergence reaches :math:`\rho`. It cannot exceed
    log(2N - 2), so small batches want a :math:`\rho` below that, or end at ``minimum``.

    The state lies in the buffers ``temperature``, ``log_mean`` and ``momentum`` [num_nodes], so it
    is saved and moved with the module. It is not exchanged between processes. Unverified: the order
    of averaging and clipping; the authors' later library averages and does not clip, and recommends
    :math:`\rho` from 0.1 to 0.5.

    Args:
        num_nodes: number of nodes that a state is kept for.
        temperature: initial :math:`\tau_i`, between ``minimum`` and ``maximum``.
        rho: :math:`\rho`; higher is lower temperatures.
        gamma: :math:`\gamma` in (0, 1].
        beta: :math:`\beta` in (0, 1].
        lr: :math:`\eta` > 0.
        clip: bound on the size of :math:`g_i`, above 0.
        minimum: lowest temperature, above 0.
        maximum: highest temperature.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D], n_id [N] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, node indices that are out of range or repeated, or options out of range.

    Cost:
        O(N^2 D) time, O(N D + num_nodes) memory.

    Example:
        >>> loss = ISogCLR(num_nodes=100)
        >>> z1, z2 = torch.randn(2, 10, 16)
        >>> loss(z1, z2, n_id=torch.arange(20, 30)).shape
        torch.Size([])
        >>> (loss.temperature != 0.07).sum()
        tensor(10)
    """

    temperature: Tensor
    log_mean: Tensor
    momentum: Tensor

    def __init__(
        self,
        num_nodes: int,
        *,
        temperature: float = 0.07,
        rho: float = 6.0,
        gamma: float = 0.8,
        beta: float = 0.9,
        lr: float = 1e-3,
        clip: float = 3.0,
        minimum: float = 0.05,
        maximum: float = 1.0,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.rule = TemperatureRule(rho, gamma, beta, lr, clip, minimum, maximum)
        self.rule.check_temperature(temperature, "temperature")
        state = Temperatures.initial(check_int(num_nodes, "num_nodes", minimum=2), temperature)
        for name, values in state._asdict().items():
            self.register_buffer(name, values)

    def forward(self, z1: Tensor, z2: Tensor, n_id: Tensor | None = None) -> Tensor:
        r"""Return the loss of two views of the nodes ``n_id``; of all nodes in order if None.

        In training mode the state of these nodes is updated; in evaluation mode it is only read.
        """
        check_negatives(z1, z2)
        index = self._check_index(n_id, len(z1), z1.device)
        buffers = Temperatures(self.temperature, self.log_mean, self.momentum)
        state = Temperatures(*(buffer[index] for buffer in buffers))
        loss, after = isog_clr(z1, z2, state, rule=self.rule, **self.options)
        if self.training:
            for buffer, values in zip(buffers, after, strict=True):
                buffer[index] = values.to(buffer.dtype)
        return loss

    def _check_index(self, n_id: Tensor | None, rows: int, device: torch.device) -> Tensor:
        count = len(self.temperature)
        if n_id is None:
            if rows != count:
                raise ValueError(f"n_id must be given for {rows} rows of {count} nodes, got None")
            return torch.arange(count, device=device)
        if not isinstance(n_id, Tensor) or n_id.dtype not in (torch.int32, torch.int64):
            raise TypeError(f"n_id must be an integer tensor [{rows}], got {describe(n_id)}")
        if n_id.shape != (rows,):
            raise ValueError(f"n_id must have shape [{rows}], got {describe(n_id)}")
        ordered = n_id.sort().values
        if ordered[0] < 0 or ordered[-1] >= count:
            bad = ordered[0] if ordered[0] < 0 else ordered[-1]
            raise ValueError(f"n_id must lie in [0, {count}), the nodes; got {bad.item()}")
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(repeated):
            raise ValueError(f"n_id must not repeat a node, got {repeated[0].item()} twice")
        return n_id.long()

    def extra_repr(self) -> str:
        r"""Show the number of nodes, the rule and the options."""
        return f"num_nodes={len(self.temperature)}, {self.rule}, {super().extra_repr()}"
