r"""The triplet margin loss over all negatives or the hardest one.

Legend: N rows of each view, D width.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_choice, check_non_negative
from gcl.functional.normalize import at_least_float32
from gcl.functional.pairwise import row_sum, row_topk
from gcl.losses.base import PairwiseLoss
from gcl.losses.negatives import check_negatives
from gcl.losses.reduce import check_reduction, reduce_rows

NEGATIVES = ("all", "hardest")
DISTANCES = ("squared", "euclidean")


def triplet(
    z1: Tensor,
    z2: Tensor,
    *,
    margin: float = 1.0,
    negatives: str = "all",
    distance: str = "squared",
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the triplet loss of two views: see :class:`Triplet`."""
    check_negatives(z1, z2)
    _check_form(margin, negatives, distance, precision)
    check_reduction(reduction)
    u, v = at_least_float32(z1), at_least_float32(z2)
    centre = v.detach().mean(
        0
    )  # distances stay; the differences of squares below lose fewer digits
    u, v = u - centre, v - centre
    if negatives == "all":
        return reduce_rows(_all(u, v, margin, precision, block_size), reduction)
    other = v[_nearest_other(u, v, block_size)]
    excess = _distance(u, v, distance) - _distance(u, other, distance)
    return reduce_rows(F.relu(excess + margin), reduction)


def _check_form(margin: float, negatives: str, distance: str, precision: str) -> None:
    check_non_negative(margin, "margin")
    check_choice(negatives, "negatives", NEGATIVES)
    check_choice(distance, "distance", DISTANCES)
    if negatives == "all" and distance != "squared":
        raise ValueError(f"distance must be 'squared' for negatives='all', got {distance!r}")
    if negatives == "hardest" and precision != "highest":
        raise ValueError(f"precision={precision!r} would be ignored with negatives='hardest'")


def _all(u: Tensor, v: Tensor, margin: float, precision: str, block_size: int | None) -> Tensor:
    r"""Mean of relu(|u_i - v_i|^2 + margin - |u_i - v_j|^2), the square of the pair expanded."""
    total = row_sum(
        u,
        v,
        phi="relu",
        scale=2.0,
        row_bias=_distance(u, v, "squared") + margin - u.square().sum(1),
        col_bias=-v.square().sum(1),
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
    return total / (len(u) - 1)


def _nearest_other(u: Tensor, v: Tensor, block_size: int | None) -> Tensor:
    r"""The j != i with the largest <u_i, v_j> - |v_j|^2 / 2, which is the nearest: [N]."""
    a = torch.cat([u, u.new_ones(len(u), 1)], dim=1)
    b = torch.cat([v, -v.square().sum(1, keepdim=True) / 2], dim=1)
    return row_topk(a, b, 1, exclude_diagonal=True, block_size=block_size)[1][:, 0]


def _distance(u: Tensor, v: Tensor, distance: str) -> Tensor:
    return (u - v).square().sum(1) if distance == "squared" else (u - v).norm(dim=1)


class Triplet(PairwiseLoss):
    r"""Ask for the match to lie nearer than other rows by a margin (`FaceNet
    <https://arxiv.org/abs/1503.03832>`_).

    .. math::
        L = \frac{1}{N} \sum_i \operatorname{agg}_{j \neq i}
            \big[ d(u_i, v_i) - d(u_i, v_j) + m \big]_+

    with u = ``z1``, v = ``z2``, not normalised. Positive: the same row of the other view.
    Negatives: all other rows of the other view, averaged (zero terms count too), or the nearest of
    them only. Only ``z1`` holds anchors; add the loss of the exchanged views for both directions.
    Which negative is the hardest is found without a gradient; all else is differentiated.

    Args:
        margin: m >= 0, in the unit of the distance.
        negatives: ``"all"`` or ``"hardest"``.
        distance: ``"squared"`` Euclidean, or plain ``"euclidean"`` (SUGRL) with the hardest only.
        precision: ``"highest"``, or with all negatives ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N anchors.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, a negative margin, or options that are unknown or do not go together.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(4)
        >>> Triplet(margin=3.0)(z, z)  # all others lie at squared distance 2
        tensor(1.)
    """

    def __init__(
        self,
        margin: float = 1.0,
        *,
        negatives: str = "all",
        distance: str = "squared",
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        _check_form(margin, negatives, distance, precision)
        self.margin = margin
        self.negatives = negatives
        self.distance = distance

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return triplet(
            z1,
            z2,
            margin=self.margin,
            negatives=self.negatives,
            distance=self.distance,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show margin, negatives, distance and the options."""
        own = f"margin={self.margin}, negatives={self.negatives!r}, distance={self.distance!r}"
        return f"{own}, {super().extra_repr()}"
