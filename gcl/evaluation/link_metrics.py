r"""Ranking metrics of positive against negative scores, by sorting.

Negatives are pooled: every positive is compared with all of them, without a P x Q table.

Legend: P positives, Q negatives.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, describe


def auc(pos: Tensor, neg: Tensor) -> float:
    r"""Probability that a positive scores above a negative, ties counted half.

    Args:
        pos: scores of positives.
        neg: scores of negatives.

    Shapes:
        pos: [P]; neg: [Q].

    Cost:
        O((P + Q) log Q).

    Example:
        >>> import torch
        >>> from gcl.evaluation import auc
        >>> auc(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 0.0]))
        0.875
    """
    below, above = _negatives_around(pos, neg)
    return float((len(neg) + below - above).mean() / (2 * len(neg)))


def average_precision(pos: Tensor, neg: Tensor) -> float:
    r"""Mean precision at the score of each positive; equal scores count as one threshold.

    Shapes:
        pos: [P]; neg: [Q].

    Cost:
        O((P + Q) log (P + Q)).
    """
    below, _ = _negatives_around(pos, neg)
    ranked = pos.sort().values
    true = (len(pos) - torch.searchsorted(ranked, pos, right=False)).double()  # positives >= pos
    return float((true / (true + len(neg) - below)).mean())


def hits_at_k(pos: Tensor, neg: Tensor, k: int) -> float:
    r"""Share of positives that score strictly above the k-th highest negative.

    The rule of `OGB <https://arxiv.org/abs/2005.00687>`_; with fewer than k negatives it is 1.

    Shapes:
        pos: [P]; neg: [Q].

    Example:
        >>> import torch
        >>> from gcl.evaluation import hits_at_k
        >>> hits_at_k(torch.tensor([3.0, 1.0]), torch.tensor([2.0, 1.0]), k=2)
        0.5
    """
    check_int(k, "k", minimum=1)
    _check_scores(pos, neg)
    if len(neg) < k:
        return 1.0
    return float((pos > neg.topk(k).values[-1]).double().mean())


def mean_reciprocal_rank(pos: Tensor, neg: Tensor) -> float:
    r"""Mean of 1 / rank of each positive among all negatives.

    The rank is 1 + (#{neg > pos} + #{neg >= pos}) / 2, the rule of
    `OGB <https://arxiv.org/abs/2005.00687>`_, where each positive has negatives of its own; here
    all positives share the pooled ones, so values depend on Q.

    Shapes:
        pos: [P]; neg: [Q].

    Cost:
        O((P + Q) log Q).
    """
    below, above = _negatives_around(pos, neg)
    return float((1 / (1 + (above + len(neg) - below) / 2)).mean())


def _negatives_around(pos: Tensor, neg: Tensor) -> tuple[Tensor, Tensor]:
    r"""Numbers of negatives strictly below and strictly above each positive, [P] each."""
    _check_scores(pos, neg)
    ranked = neg.sort().values
    below = torch.searchsorted(ranked, pos, right=False)
    above = len(neg) - torch.searchsorted(ranked, pos, right=True)
    return below.double(), above.double()


def _check_scores(pos: Tensor, neg: Tensor) -> None:
    for scores, name in ((pos, "pos"), (neg, "neg")):
        if not isinstance(scores, Tensor) or not scores.is_floating_point():
            raise TypeError(f"{name} must be a floating-point tensor, got {describe(scores)}")
        if scores.dim() != 1 or not len(scores) or not torch.isfinite(scores).all():
            raise ValueError(f"{name} must be a non-empty finite vector, got {describe(scores)}")
