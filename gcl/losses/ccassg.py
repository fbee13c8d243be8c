r"""Canonical correlation between two views: the loss of CCA-SSG.

Legend: N rows of each view, D width.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_choice, check_flag, check_non_negative
from gcl.functional.autocast import full_precision
from gcl.losses.columns import check_columns, standard_columns

INVARIANCES = ("trace", "distance")


@full_precision
def ccassg(
    z1: Tensor,
    z2: Tensor,
    *,
    decorrelation: float = 1e-3,
    invariance: str = "trace",
    gather: bool = False,
) -> Tensor:
    r"""Compute the loss of CCA-SSG: see :class:`CCASSG`."""
    z1, z2 = check_columns(z1, z2, gather)
    check_non_negative(decorrelation, "decorrelation")
    check_choice(invariance, "invariance", INVARIANCES)
    u, v = standard_columns(z1), standard_columns(z2)
    matched = -(u * v).sum() if invariance == "trace" else (u - v).square().sum()
    return matched / len(u) + decorrelation * (_correlation(u) + _correlation(v))


def _correlation(z: Tensor) -> Tensor:
    r"""Squared distance of the correlation matrix [D, D] from the identity."""
    c = z.t() @ z / len(z)
    return (c - torch.eye(len(c), dtype=c.dtype, device=c.device)).square().sum()


class CCASSG(nn.Module):
    r"""Correlate the same columns of two views and decorrelate the columns of each (`CCA-SSG
    <https://arxiv.org/abs/2106.12484>`_).

    .. math::
        L = -\frac{1}{N} \operatorname{tr}(\tilde Z_1^\top \tilde Z_2)
          + \lambda \left( \lVert I - C_1 \rVert_F^2 + \lVert I - C_2 \rVert_F^2 \right), \qquad
        C_k = \frac{1}{N} \tilde Z_k^\top \tilde Z_k

    where :math:`\tilde Z` has columns of mean 0 and standard deviation 1 (unbiased, divisor N - 1).
    Positive: the same row of the other view. Negatives: none. The loss has no value per row and is
    negative near its minimum.

    This is the form of the authors' code. The paper has
    :math:`\frac{1}{N} \lVert \tilde Z_1 - \tilde Z_2 \rVert_F^2` in place of the trace
    (``invariance="distance"``). Both differ by a constant and a factor of 2, so that with the same
    :math:`\lambda` the code weighs decorrelation twice as much. The published :math:`\lambda`
    belong to the trace.

    Args:
        decorrelation: :math:`\lambda \geq 0`; 5e-4 to 1e-3 in the authors' settings.
        invariance: ``"trace"`` or ``"distance"``.
        gather: in a group of processes, correlate over the rows of all of them: the loss of each is
            then that of one process with all rows, and so are gradients that are averaged.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, a negative weight or an unknown invariance.

    Cost:
        O(N D^2) time, O(D^2) memory.

    Example:
        >>> z = torch.eye(4)[:, :2]
        >>> CCASSG(0.0)(z, z)  # -D (N - 1) / N
        tensor(-1.5000)
        >>> CCASSG(0.0, invariance="distance")(z, z)
        tensor(0.)
    """

    def __init__(
        self, decorrelation: float = 1e-3, *, invariance: str = "trace", gather: bool = False
    ) -> None:
        super().__init__()
        self.decorrelation = check_non_negative(decorrelation, "decorrelation")
        self.invariance = check_choice(invariance, "invariance", INVARIANCES)
        self.gather = check_flag(gather, "gather")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return ccassg(
            z1,
            z2,
            decorrelation=self.decorrelation,
            invariance=self.invariance,
            gather=self.gather,
        )

    def extra_repr(self) -> str:
        r"""Show the options."""
        return f"decorrelation={self.decorrelation}, invariance={self.invariance!r}"
