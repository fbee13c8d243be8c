r"""InfoNCE with continuous weights in place of one positive per row.

Legend: N rows, D width, P width of the trusted embedding.
"""

import math

import torch
from torch import Tensor

from gcl.checks import check_flag, check_matrix, check_pair, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.reduce import check_reduction, reduce_rows


@full_precision
def cwcl(
    z1: Tensor,
    z2: Tensor,
    trusted: Tensor,
    *,
    temperature: float = 0.5,
    symmetric: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the continuously weighted loss of two views: see :class:`CWCL`."""
    check_pair(z1, z2)
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    check_matrix(trusted, "trusted")
    if len(trusted) != len(z1):
        raise ValueError(f"trusted must have {len(z1)} rows, got {describe(trusted)}")
    u, v = unit_rows(z1), unit_rows(z2)
    factor = weight_factor(trusted).to(u.dtype)
    positive = weighted_mean_similarity(u, v, factor)  # [N]
    back = weighted_mean_similarity(v, u, factor) if symmetric else (u * v).sum(1)
    partition = [
        row_logsumexp(a, b, scale=1 / temperature, precision=precision, block_size=block_size)
        for a, b in ((u, v), (v, u))
    ]
    return reduce_rows(sum(partition) / 2 - (positive + back) / (2 * temperature), reduction)


def weight_factor(trusted: Tensor) -> Tensor:
    r"""A factor F with :math:`(F F^\top)_{ij} = (\cos(p_i, p_j) + 1) / 2`, without gradient.

    Shapes:
        trusted [N, P] -> [N, P + 1]
    """
    p = unit_rows(trusted.detach())
    return torch.cat([p, p.new_ones(len(p), 1)], dim=1) / math.sqrt(2)


def weighted_mean_similarity(u: Tensor, v: Tensor, factor: Tensor) -> Tensor:
    r"""Mean over j of <u_i, v_j> with weights W = F F^T, which is never formed.

    Shapes:
        u [N, D], v [N, D], factor [N, P] -> [N]
    """
    pulled = factor @ (factor.t() @ v)  # [N, D]
    mass = factor @ factor.sum(0)  # [N]
    return (u * pulled).sum(1) / mass


class CWCL(PairwiseLoss):
    r"""Contrast two views, all rows being positives by their similarity in a trusted embedding
    (`CWCL <https://arxiv.org/abs/2309.14580>`_).

    .. math::
        \ell(u_i) = -\frac{1}{\sum_j w_{ij}} \sum_j w_{ij} \log
            \frac{e^{s(u_i, v_j) / \tau}}{\sum_k e^{s(u_i, v_k) / \tau}}, \qquad
        w_{ij} = \frac{\cos(p_i, p_j) + 1}{2}

    with cosine similarity s, u = ``z1``, v = ``z2``, p = ``trusted``; the loss is the mean of
    :math:`\ell(u_i)` and of plain InfoNCE from ``z2`` to ``z1``. Positives: all rows of the other
    view, by weight, the same row with weight 1. Negatives: all other rows of the other view, which
    also stay in the denominator. No gradient reaches ``trusted``: features, smoothed features or
    another model's embedding. If only the same row had a weight, this were
    :class:`~gcl.losses.InfoNCE`.

    Unverified: the formula is that of a secondary source, not checked against the authors' text or
    code.

    Weights are bilinear, so that their sums are products of narrow matrices. They are dense: rows
    without any relation count 1/2, and the least loss is far from 0. Centre ``trusted``, or use
    :class:`~gcl.losses.SoftTargetInfoNCE` for sparse targets, where that blurs too much.

    Args:
        temperature: :math:`\tau` > 0.
        symmetric: use the weights in both directions instead of plain InfoNCE in the second.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D], trusted [N, P] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, a trusted
            embedding with other rows, a temperature that is not positive, or an unknown precision
            or reduction.

    Cost:
        O(N^2 D) time for the denominators and O(N D P) for the positives; O(N (D + P)) memory.

    Example:
        >>> x, z1, z2 = torch.rand(6, 3), torch.randn(6, 8), torch.randn(6, 8)
        >>> CWCL(temperature=0.5)(z1, z2, trusted=x).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        symmetric: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.temperature = check_positive(temperature, "temperature")
        self.symmetric = check_flag(symmetric, "symmetric")

    def forward(self, z1: Tensor, z2: Tensor, trusted: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows, given a trusted embedding of them."""
        return cwcl(
            z1,
            z2,
            trusted,
            temperature=self.temperature,
            symmetric=self.symmetric,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        own = f"temperature={self.temperature}, symmetric={self.symmetric}"
        return f"{own}, {super().extra_repr()}"
