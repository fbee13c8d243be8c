r"""Metrics of ranked lists of items, one value for each user.

Every function takes the same two arguments: which places of a user's list hold a test item, best
place first, and how many test items the user has.

Legend: U users, K places.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gcl.checks import check_choice

Metric = Callable[[Tensor, Tensor], Tensor]


def recall_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Share of a user's test items among the first K places.

    The denominator is the number of test items, also where it is above K: a user with more test
    items than places cannot reach 1.

    Args:
        hits: whether each place holds a test item.
        num_test: number of test items, 1 or more.

    Shapes:
        hits [U, K] boolean, num_test [U] -> [U]

    Example:
        >>> recall_at_k(torch.tensor([[True, False], [True, True]]), torch.tensor([1, 4]))
        tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    return hits.sum(1).double() / num_test


def precision_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Share of the first K places that hold a test item."""
    return hits.double().mean(1)


def hit_rate_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Whether the first K places hold a test item: 0 or 1."""
    return hits.any(1).double()


def mrr_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Reciprocal of the first place with a test item, 0 if there is none among K."""
    first = hits.double().argmax(1)
    return hits.any(1).double() / (first + 1)


def map_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Average precision of the first K places.

    .. math::
        \frac{1}{\min(K, |T_u|)} \sum_{r \le K} \text{hit}_r \cdot \text{precision}_r
    """
    place = torch.arange(1, hits.size(1) + 1, device=hits.device)
    precision = hits.cumsum(1).double() / place
    return (precision * hits).sum(1) / num_test.clamp(max=hits.size(1))


def ndcg_at_k(hits: Tensor, num_test: Tensor) -> Tensor:
    r"""Normalised discounted cumulative gain of the first K places.

    .. math::
        \sum_{r \le K} \frac{\text{hit}_r}{\log_2 (r + 1)} \Big/
        \sum_{r = 1}^{\min(K, |T_u|)} \frac{1}{\log_2 (r + 1)}

    Example:
        >>> ndcg_at_k(torch.tensor([[False, True], [True, True]]), torch.tensor([1, 3]))
        tensor([0.6309, 1.0000], dtype=torch.float64)
    """
    place = torch.arange(1, hits.size(1) + 1, device=hits.device, dtype=torch.float64)
    gain = 1 / torch.log2(place + 1)
    ideal = gain.cumsum(0)[num_test.clamp(max=hits.size(1)) - 1]
    return (hits * gain).sum(1) / ideal


METRICS: dict[str, Metric] = {
    "recall": recall_at_k,
    "ndcg": ndcg_at_k,
    "precision": precision_at_k,
    "hit_rate": hit_rate_at_k,
    "mrr": mrr_at_k,
    "map": map_at_k,
}


def check_metrics(metrics: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    r"""Raise unless ``metrics`` are names of :data:`METRICS`, at least one, none twice."""
    if isinstance(metrics, str) or not metrics or len(set(metrics)) != len(metrics):
        raise ValueError(f"metrics must be different names of {', '.join(METRICS)}, got {metrics}")
    return tuple(check_choice(name, "metrics", METRICS) for name in metrics)
