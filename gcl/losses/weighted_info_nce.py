r"""InfoNCE with weights on samples and on pairs of clusters.

Legend: N rows of each view, D width, K clusters.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_flag, check_pair, check_positive
from gcl.functional.normalize import unit_rows
from gcl.functional.pairs import check_vector
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.cluster_weights import (
    PairWeight,
    check_pair_weight,
    log_table,
    other_weight,
    own_weight,
)
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import check_reduction, reduce_rows


def weighted_info_nce(
    z1: Tensor,
    z2: Tensor,
    log_weight: Tensor | None = None,
    pair_weights: Sequence[PairWeight] = (),
    *,
    temperature: float = 0.5,
    intra_view: bool = True,
    symmetric: bool = True,
    decoupled: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute InfoNCE with weights: see :class:`WeightedInfoNCE`."""
    (check_negatives if decoupled else check_pair)(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    u, v = unit_rows(z1), unit_rows(z2)
    if log_weight is not None:
        log_weight = check_vector(log_weight, len(u), "log_weight").to(u.dtype)
    pair_weights = [check_pair_weight(w, len(u), u.dtype) for w in pair_weights]
    positive = (u * v).sum(1) / temperature  # [N]
    if not decoupled and log_weight is not None:
        positive = positive + log_weight
    if not decoupled and pair_weights:
        positive = positive + own_weight(pair_weights)
    # A weight of 0 is a logarithm so low that its term vanishes beside any other.
    tables = [(log_table(table, -2 / temperature - 120), c) for table, c in pair_weights]
    lse = partial(
        _log_sum,
        log_weight=log_weight,
        tables=tables,
        scale=1 / temperature,
        precision=precision,
        block_size=block_size,
    )
    if intra_view and symmetric and not decoupled:  # both views are walked as one
        z = torch.cat([u, v])
        partition = lse(z, z, exclude_diagonal=True).view(2, -1).mean(0)
    else:
        partition = _one_way(u, v, lse, intra_view, decoupled)
        if symmetric:
            partition = (partition + _one_way(v, u, lse, intra_view, decoupled)) / 2
    rows = partition - positive
    if decoupled and tables:
        rows = torch.where(other_weight(pair_weights) > 0, rows, 0.0)
    return reduce_rows(rows, reduction)


def _one_way(u: Tensor, v: Tensor, lse: partial[Tensor], intra: bool, decoupled: bool) -> Tensor:
    across = lse(u, v, exclude_diagonal=decoupled)
    return torch.logaddexp(across, lse(u, u, exclude_diagonal=True)) if intra else across


def _log_sum(
    a: Tensor,
    b: Tensor,
    *,
    log_weight: Tensor | None,
    tables: list[PairWeight],
    scale: float,
    exclude_diagonal: bool,
    precision: str,
    block_size: int | None,
) -> Tensor:
    r"""Logarithm of the weighted sum of every row; the tables' weights are added: [rows of a]."""
    views = len(b) // len(tables[0][1]) if tables else 1
    if log_weight is not None:
        log_weight = log_weight.repeat(len(b) // len(log_weight))
    lse = partial(
        row_logsumexp,
        a,
        b,
        scale=scale,
        col_bias=log_weight,
        exclude_diagonal=exclude_diagonal,
        precision=precision,
        block_size=block_size,
    )
    if not tables:
        return lse()
    sums = [lse(group_bias=(t, c.repeat(views), c.repeat(views))) for t, c in tables]
    return torch.stack(sums).logsumexp(0)


class WeightedInfoNCE(PairwiseLoss):
    r"""Contrast nodes across two views with weights on samples and on pairs of clusters (`CSGCL
    <https://arxiv.org/abs/2305.04658>`_).

    .. math::
        \ell(u_i) = -\log \frac{w_{ii} e^{s(u_i, v_i) / \tau}}
        {\sum_j w_{ij} e^{s(u_i, v_j) / \tau} + \sum_{j \neq i} w_{ij} e^{s(u_i, u_j) / \tau}},
        \qquad w_{ij} = e^{a_j} \sum_m T_m[c_m(i), c_m(j)]

    with cosine similarity s, averaged over the rows of both views. Positive: the same row of the
    other view. Negatives: every other row of both views, or with ``intra_view=False`` of the other
    view only. Weights are 1 without :math:`a` and T: the loss then is :class:`~gcl.losses.NTXent`,
    or :class:`~gcl.losses.InfoNCE` without the own view.

    **CSGCL's team-up** adds :math:`\gamma (c_i + c_j)`, with community strengths c, to the
    similarities. The anchor's share cancels, and what is left is this loss with
    ``log_weight`` :math:`a_j = \gamma c_j / \tau`, which cannot overflow.

    **MEOW** weighs a negative by the number of clusterings that separate it from the anchor, leaves
    the positive out of the denominator and out of the weights (``decoupled``), and contrasts one
    way: ``WeightedInfoNCE(tau, intra_view=False, symmetric=False, decoupled=True)`` with one
    :func:`~gcl.losses.cluster_weights` per clustering. A row whose negatives all have weight 0 then
    contributes 0. The loss may be negative.

    Args:
        temperature: :math:`\tau` > 0.
        intra_view: count the other rows of the anchor's own view as negatives.
        symmetric: average both directions; otherwise only ``z1`` holds anchors.
        decoupled: leave the positive, with its weight, out of the denominator and the numerator's
            weight out too.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D], log_weight [N] or None, pair_weights any number of
        (table [K, K], cluster [N]) -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, weights of
            another length, not finite or below 0, clusters outside the table, positives of weight 0
            that are not decoupled, a temperature that is not positive, or an unknown precision or
            reduction.

    Cost:
        O(N^2 D) time, O(N D) memory; every table is one more walk over all pairs with K added to
        D. Gradients reach ``log_weight`` and the tables.

    Example:
        >>> z = torch.eye(3)
        >>> strength = torch.tensor([1.0, 0.0, 0.0])
        >>> WeightedInfoNCE(1.0, reduction="none")(z, z, log_weight=strength)
        tensor([0.4327, 1.3180, 1.3180])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        intra_view: bool = True,
        symmetric: bool = True,
        decoupled: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.temperature = check_positive(temperature, "temperature")
        self.intra_view = check_flag(intra_view, "intra_view")
        self.symmetric = check_flag(symmetric, "symmetric")
        self.decoupled = check_flag(decoupled, "decoupled")

    def forward(
        self,
        z1: Tensor,
        z2: Tensor,
        log_weight: Tensor | None = None,
        pair_weights: Sequence[PairWeight] = (),
    ) -> Tensor:
        r"""Return the loss of two views of the same N rows, given weights."""
        return weighted_info_nce(
            z1,
            z2,
            log_weight,
            pair_weights,
            temperature=self.temperature,
            intra_view=self.intra_view,
            symmetric=self.symmetric,
            decoupled=self.decoupled,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        own = (
            f"temperature={self.temperature}, intra_view={self.intra_view}, "
            f"symmetric={self.symmetric}, decoupled={self.decoupled}"
        )
        return f"{own}, {super().extra_repr()}"
