r"""Bayesian personalised ranking.

Legend: B pairs of scores.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from gcl.checks import describe
from gcl.losses.reduce import check_reduction, reduce_rows


def bpr(positive: Tensor, negative: Tensor, *, reduction: str = "mean") -> Tensor:
    r"""Compute the ranking loss of pairs of scores: see :class:`BPR`."""
    check_reduction(reduction)
    for scores, name in ((positive, "positive"), (negative, "negative")):
        if not isinstance(scores, Tensor) or not scores.is_floating_point():
            raise TypeError(f"{name} must be a floating-point tensor [B], got {describe(scores)}")
        if scores.dim() != 1 or not len(scores):
            raise ValueError(f"{name} must have shape [B] with B > 0, got {describe(scores)}")
    if positive.shape != negative.shape:
        raise ValueError(
            f"positive and negative must have one length, got {len(positive)} and {len(negative)}"
        )
    return reduce_rows(F.softplus(negative - positive), reduction)


class BPR(nn.Module):
    r"""Ask that an item the user took scores above one the user did not take (`BPR
    <https://arxiv.org/abs/1205.2618>`_).

    .. math::
        \ell_b = -\log \sigma(\hat y^+_b - \hat y^-_b)
               = \operatorname{softplus}(\hat y^-_b - \hat y^+_b)

    Positive: the score of the item taken. Negative: that of the item drawn beside it. The
    released codes of recommenders write this as a mean or a sum, and with small constants inside
    the logarithm (:math:`10^{-5}`, :math:`10^{-10}`) against its underflow; softplus has none, so
    its gradient does not vanish for pairs that are badly wrong.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the B pairs. The weight of any other
            term beside the loss depends on it.

    Shapes:
        positive [B], negative [B] -> scalar, or [B] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for scores that are no float vectors of one length, or an unknown
            reduction.

    Example:
        >>> BPR()(torch.tensor([2.0]), torch.tensor([2.0]))
        tensor(0.6931)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)

    def forward(self, positive: Tensor, negative: Tensor) -> Tensor:
        r"""Return the loss of B pairs of scores."""
        return bpr(positive, negative, reduction=self.reduction)

    def extra_repr(self) -> str:
        r"""Show the reduction."""
        return f"reduction={self.reduction!r}"
