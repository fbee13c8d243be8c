r"""Bayesian personalised ranking.

Legend: B triplets, D width.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from gcl.checks import check_pair
from gcl.functional.normalize import at_least_float32
from gcl.losses.reduce import check_reduction, reduce_rows


def bpr(user: Tensor, positive: Tensor, negative: Tensor, *, reduction: str = "mean") -> Tensor:
    r"""Compute the ranking loss of triplets: see :class:`BPR`."""
    check_reduction(reduction)
    check_pair(user, positive, ("user", "positive"))
    check_pair(user, negative, ("user", "negative"))
    u, taken, other = (at_least_float32(x) for x in (user, positive, negative))
    return reduce_rows(F.softplus((u * other).sum(1) - (u * taken).sum(1)), reduction)


class BPR(nn.Module):
    r"""Ask that an item the user took scores above one the user did not take (`BPR
    <https://arxiv.org/abs/1205.2618>`_).

    .. math::
        \ell_b = -\log \sigma(\hat y^+_b - \hat y^-_b)
               = \operatorname{softplus}(\hat y^-_b - \hat y^+_b), \qquad
        \hat y = \langle e_u, e_i \rangle

    Positive: the item taken, row by row. Negative: the item drawn beside it; no other row of the
    batch enters. The released codes of recommenders write this as a mean or a sum, and with small
    constants inside the logarithm (:math:`10^{-5}`, :math:`10^{-10}`) against its underflow;
    softplus needs none, and its gradient does not vanish for pairs that are badly wrong.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the B triplets. What the weight of any
            other term beside the loss means depends on it.

    Shapes:
        user, positive and negative [B, D] -> scalar, or [B] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for rows that are no finite float matrices of one shape, or an
            unknown reduction.

    Example:
        >>> BPR()(torch.eye(2), torch.eye(2), torch.eye(2))
        tensor(0.6931)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)

    def forward(self, user: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        r"""Return the loss of the rows of B triplets."""
        return bpr(user, positive, negative, reduction=self.reduction)

    def extra_repr(self) -> str:
        r"""Show the reduction."""
        return f"reduction={self.reduction!r}"
