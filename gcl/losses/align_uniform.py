r"""Alignment of the views and uniformity of each on the sphere.

Legend: N rows of each view, D width.
"""

import math

from torch import Tensor

from gcl.checks import (
    check_matrix,
    check_non_negative,
    check_number,
    check_pair,
    check_positive,
    describe,
)
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import StreamedLoss


def alignment(z1: Tensor, z2: Tensor, *, alpha: float = 2.0) -> Tensor:
    r"""Compute the mean of :math:`\|u_i - v_i\|^\alpha` over matching unit rows of two views.

    Args:
        z1: first view.
        z2: second view.
        alpha: exponent, 1 or above.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, or an
            exponent below 1.

    Example:
        >>> alignment(torch.eye(2), -torch.eye(2))
        tensor(4.)
    """
    check_pair(z1, z2)
    _check_alpha(alpha)
    return (unit_rows(z1) - unit_rows(z2)).norm(dim=1).pow(alpha).mean()


def uniformity(
    z: Tensor, *, t: float = 2.0, precision: str = "highest", block_size: int | None = None
) -> Tensor:
    r"""Compute the log of the mean Gaussian kernel over all pairs of unit rows.

    .. math::
        \log \frac{1}{N (N - 1)} \sum_{i \neq j} e^{-t \|x_i - x_j\|^2}

    Args:
        z: rows to compare with each other.
        t: inverse width of the Gaussian kernel, above 0.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        z [N, D] -> scalar

    Raises:
        TypeError, ValueError: if ``z`` is no finite float matrix of 2 rows or more, t is not
            positive, or the precision is unknown.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> uniformity(torch.eye(2))  # two rows at squared distance 2
        tensor(-4.)
    """
    check_matrix(z, "z")
    check_positive(t, "t")
    if len(z) < 2:
        raise ValueError(f"z must have 2 rows or more, got {describe(z)}")
    x = unit_rows(z)
    bias = -t * x.square().sum(1)  # |x_i - x_j|^2 expanded; a zero row has length 0, not 1
    rows = row_logsumexp(
        x,
        x,
        scale=2 * t,
        row_bias=bias,
        col_bias=bias,
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
    return rows.logsumexp(0) - math.log(len(x) * (len(x) - 1))


def align_uniform(
    z1: Tensor,
    z2: Tensor,
    *,
    alpha: float = 2.0,
    t: float = 2.0,
    weight: float = 1.0,
    precision: str = "highest",
    block_size: int | None = None,
) -> Tensor:
    r"""Compute alignment plus weighted uniformity: see :class:`AlignUniform`."""
    check_non_negative(weight, "weight")
    aligned = alignment(z1, z2, alpha=alpha)
    spread = [uniformity(z, t=t, precision=precision, block_size=block_size) for z in (z1, z2)]
    return aligned + weight * (spread[0] + spread[1]) / 2


def _check_alpha(alpha: float) -> float:
    check_number(alpha, "alpha")
    if not 1 <= alpha < math.inf:  # below 1 the gradient at matching rows is infinite
        raise ValueError(f"alpha must be a finite number, 1 or above, got {alpha}")
    return float(alpha)


class AlignUniform(StreamedLoss):
    r"""Pull matching rows together and spread each view over the sphere (`Wang and Isola
    <https://arxiv.org/abs/2005.10242>`_).

    .. math::
        L = \frac{1}{N} \sum_i \|u_i - v_i\|^\alpha + \frac{\lambda}{2} \sum_{x \in \{u, v\}}
            \log \frac{1}{N (N - 1)} \sum_{i \neq j} e^{-t \|x_i - x_j\|^2}

    with u and v the rows of ``z1`` and ``z2`` scaled to unit length. Positive: the same row of the
    other view. Negatives: all other rows of the *same* view; rows of different views repel nothing.
    The logarithm is taken of the mean over all pairs, so there is no loss per row and no
    ``reduction``. Both parts are also functions of their own, :func:`alignment` and
    :func:`uniformity`, for measuring embeddings.

    Args:
        alpha: exponent of the distance of matching rows, 1 or above.
        t: inverse width of the Gaussian kernel, above 0.
        weight: :math:`\lambda`, 0 or above.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, options out of range, or an unknown precision.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(2)
        >>> AlignUniform()(z, z)
        tensor(-4.)
    """

    def __init__(
        self,
        *,
        alpha: float = 2.0,
        t: float = 2.0,
        weight: float = 1.0,
        precision: str = "highest",
        block_size: int | None = None,
    ) -> None:
        super().__init__(precision=precision, block_size=block_size)
        self.alpha = _check_alpha(alpha)
        self.t = check_positive(t, "t")
        self.weight = check_non_negative(weight, "weight")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return align_uniform(z1, z2, alpha=self.alpha, t=self.t, weight=self.weight, **self.options)

    def extra_repr(self) -> str:
        r"""Show the weights and the options."""
        own = f"alpha={self.alpha}, t={self.t}, weight={self.weight}"
        return f"{own}, {super().extra_repr()}"
