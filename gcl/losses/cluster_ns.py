r"""InfoNCE with centroids as hard negatives and a margin for false negatives.

Legend: N rows of each view, D width, K centroids.
"""

from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from gcl.checks import check_matrix, check_non_negative, check_number, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp, row_sum
from gcl.losses.base import PairwiseLoss
from gcl.losses.centroids import Centroids
from gcl.losses.info_nce import info_nce
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import check_reduction, reduce_rows

# Added to pairs of two clusters: no difference of cosines plus a margin reaches it.
_APART = 16.0


@full_precision
def cluster_ns(
    z1: Tensor,
    z2: Tensor,
    centroids: Tensor,
    *,
    temperature: float = 0.05,
    margin_weight: float = 1e-3,
    alpha: float = 0.0,
    beta: float = 0.3,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the loss of two views given centroids: see :class:`ClusterNS`.

    Shapes:
        z1 [N, D], z2 [N, D], centroids [K, D] -> scalar, or [N] for ``reduction="none"``
    """
    check_negatives(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    check_matrix(centroids, "centroids")
    if len(centroids) < 2 or centroids.size(1) != z1.size(1):
        raise ValueError(
            f"centroids must have shape [2 or more, {z1.size(1)}], got {describe(centroids)}"
        )
    _check_margin(margin_weight, alpha, beta)
    u, v = unit_rows(z1), unit_rows(z2)
    positive = (u * v).sum(1)  # [N]
    near = u @ unit_rows(centroids.detach()).to(u.dtype).t()  # [N, K]
    best = near.topk(2, dim=1).indices  # [N, 2]
    # Every anchor sees the second centroids of all rows: the K centroids, as often as they occur.
    often = torch.bincount(best[:, 1], minlength=len(centroids)).to(u.dtype).log()  # [K]
    hard = (near / temperature + often).logsumexp(1)  # [N]
    partition = row_logsumexp(
        u, v, scale=1 / temperature, precision=precision, block_size=block_size
    )
    rows = torch.logaddexp(partition, hard) - positive / temperature
    if margin_weight > 0:
        total = partial(
            row_sum, phi="relu", exclude_diagonal=True, precision=precision, block_size=block_size
        )
        rows = rows + margin_weight * _margins(u, positive, best[:, 0], alpha, beta, total)
    return reduce_rows(rows, reduction)


def _margins(
    u: Tensor,
    positive: Tensor,
    cluster: Tensor,
    alpha: float,
    beta: float,
    total: partial[Tensor],
) -> Tensor:
    r"""What every row adds to the mean over pairs of one cluster of the two-sided margin: [N].

    Further columns move the pairs of two clusters below both margins.
    """
    member = F.one_hot(cluster).to(u.dtype)  # [N, K]
    candidates = torch.cat([u, member], dim=1)
    above, below = (
        total(torch.cat([side, _APART * (member - 1)], dim=1), candidates, row_bias=bias)
        for side, bias in ((u, alpha - positive), (-u, positive - beta))
    )
    pairs = member.sum(0).square().sum() - len(u)
    return (above + below) * (len(u) / pairs.clamp_min(1))


def _check_margin(margin_weight: float, alpha: float, beta: float) -> None:
    check_non_negative(margin_weight, "margin_weight")
    check_number(alpha, "alpha")
    check_number(beta, "beta")
    if not 0 <= alpha <= beta <= 2:
        raise ValueError(f"alpha, beta must satisfy 0 <= alpha <= beta <= 2, got {alpha}, {beta}")


class ClusterNS(PairwiseLoss):
    r"""Contrast two views with centroids as hard negatives and false negatives held within margins
    (`ClusterNS <https://arxiv.org/abs/2305.09892>`_).

    .. math::
        L = -\frac{1}{N} \sum_i \log \frac{e^{s(u_i, v_i) / \tau}}
            {\sum_j e^{s(u_i, v_j) / \tau} + \sum_j e^{s(u_i, c_j^-) / \tau}}
          + \frac{w}{|F|} \sum_{(i, j) \in F} \left[ (\Delta_{ij} + \alpha)_+
            + (-\Delta_{ij} - \beta)_+ \right]

    with cosine similarity s, u = ``z1``, v = ``z2``,
    :math:`\Delta_{ij} = s(u_i, u_j) - s(u_i, v_i)`. Positive: the same row of the other view.
    Negatives: all other rows of the other view, and for each row j the second nearest centroid
    :math:`c_j^-` of :math:`u_j` (every anchor sees all of them; centroids are constants). F holds
    the pairs i != j whose nearest centroid is the same: likely false negatives, which stay in the
    denominator but whose :math:`\Delta` is held between :math:`-\beta` and :math:`-\alpha`. The
    authors' code averages the margin over all pairs, with a constant for those outside F; here it
    is averaged over F.

    **State.** Centroids are a buffer, ``centroids.centre``. In training mode the first batch whose
    mean pairwise cosine is at most ``threshold`` sets them, to rows far from each other; until then
    the loss is :class:`~gcl.losses.InfoNCE` from ``z1`` to ``z2``. After every later batch each
    moves towards the mean of its rows by ``rate``. The authors' code trains them with AdamW on the
    squared distance instead. In evaluation mode nothing changes. Processes do not share their
    centroids.

    Args:
        in_channels: width D of the projections.
        num_clusters: number K of centroids, 2 or more; the first batch needs as many rows.
        temperature: :math:`\tau` > 0.
        margin_weight: weight w of the margins, 0 or above.
        alpha: least :math:`\alpha` by which a false negative stays below the positive.
        beta: most :math:`\beta` by which it does, from ``alpha`` to 2.
        threshold: mean cosine in [-1, 1] from which on centroids are used.
        rate: share of the way to the mean that a centroid moves in a step, in [0, 1].
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape and width
            ``in_channels``, fewer than 2 rows or, at the start, than centroids, options out of
            range, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, and O(N^2 (D + K)) for each side of the margins unless ``margin_weight=0``;
        O(N (D + K)) memory.

    Example:
        >>> loss = ClusterNS(8, num_clusters=3)
        >>> loss(torch.randn(20, 8), torch.randn(20, 8)).shape
        torch.Size([])
    """

    def __init__(
        self,
        in_channels: int,
        num_clusters: int = 128,
        *,
        temperature: float = 0.05,
        margin_weight: float = 1e-3,
        alpha: float = 0.0,
        beta: float = 0.3,
        threshold: float = 0.4,
        rate: float = 0.1,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        _check_margin(margin_weight, alpha, beta)
        self.temperature = check_positive(temperature, "temperature")
        self.margin_weight, self.alpha, self.beta = margin_weight, alpha, beta
        self.centroids = Centroids(in_channels, num_clusters, threshold, rate)

    def forward(self, z1: Tensor, z2: Tensor, *, generator: Generator | None = None) -> Tensor:
        r"""Return the loss of two views; in training mode, set or move the centroids.

        ``generator`` draws the first centroid.
        """
        check_negatives(z1, z2)
        width = self.centroids.centre.size(1)
        if z1.size(1) != width:
            raise ValueError(f"z1 must have width {width}, in_channels; got {describe(z1)}")
        waiting = not self.centroids.ready
        if waiting and not (self.training and self.centroids.start(z1, generator)):
            return info_nce(z1, z2, temperature=self.temperature, symmetric=False, **self.options)
        loss = cluster_ns(
            z1,
            z2,
            self.centroids.centre,
            temperature=self.temperature,
            margin_weight=self.margin_weight,
            alpha=self.alpha,
            beta=self.beta,
            **self.options,
        )
        if self.training and not waiting:
            self.centroids.move(z1)
        return loss

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = f"temperature={self.temperature}, margin_weight={self.margin_weight}"
        return f"{own}, {super().extra_repr()}"
