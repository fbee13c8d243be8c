r"""Weights of pairs by the clusters of their ends.

Legend: N nodes, K clusters.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.checks import check_labels, check_matrix, describe

PairWeight = tuple[Tensor, Tensor]


def cluster_weights(cluster: Tensor, same: float = 0.0) -> PairWeight:
    r"""Weights of pairs by cluster: ``same`` within one cluster, 1 between two.

    Args:
        cluster: number of each node's cluster, 0 or above.
        same: weight of a pair within one cluster, 0 or above.

    Shapes:
        cluster [N] -> table [K, K], cluster [N]

    Example:
        >>> cluster_weights(torch.tensor([0, 1, 1]), same=0.5)[0]
        tensor([[0.5000, 1.0000],
                [1.0000, 0.5000]])
    """
    check_labels(cluster, len(cluster), "cluster")
    count = int(cluster.max()) + 1 if len(cluster) else 0
    return torch.ones(count, count, device=cluster.device).fill_diagonal_(same), cluster


def check_pair_weight(pair_weight: PairWeight, num_nodes: int, dtype: torch.dtype) -> PairWeight:
    r"""Raise unless the table is square and holds all clusters; cast it to ``dtype``."""
    if not isinstance(pair_weight, tuple) or len(pair_weight) != 2:
        raise TypeError(
            f"pair_weights must hold pairs (table, cluster), got {describe(pair_weight)}"
        )
    table, cluster = pair_weight
    check_matrix(table, "table of pair_weights")
    if table.size(0) != table.size(1) or (table < 0).any():
        raise ValueError(
            "table of pair_weights must be square with weights of 0 or above, "
            f"got {describe(table)}, least {table.min().item() if table.numel() else None}"
        )
    check_labels(cluster, num_nodes, "cluster of pair_weights")
    low, high = (int(c) for c in cluster.aminmax())
    if low < 0 or high >= len(table):
        raise ValueError(
            f"cluster of pair_weights must lie in [0, {len(table)}), the table's clusters; "
            f"got {low if low < 0 else high}"
        )
    return table.to(dtype), cluster.long()


def log_table(weight: Tensor, lowest: float) -> Tensor:
    r"""Logarithm, ``lowest`` and without gradient where the weight is 0."""
    zero = weight == 0
    return weight.masked_fill(zero, 1.0).log().masked_fill(zero, lowest)


def own_weight(pair_weights: Sequence[PairWeight]) -> Tensor:
    r"""Logarithm of every node's weight with itself, which must be above 0: [N]."""
    weight = torch.stack([table.diagonal()[c] for table, c in pair_weights]).sum(0)
    if not (weight > 0).all():
        row = int((weight <= 0).nonzero()[0])
        raise ValueError(
            f"pair_weights must leave every positive a weight above 0, got 0 at row {row}; "
            "decoupled=True takes positives out of the denominator"
        )
    return weight.log()


def other_weight(pair_weights: Sequence[PairWeight]) -> Tensor:
    r"""Total pair weight of every row with the other nodes: [N]."""
    total = [
        (table @ torch.bincount(c, minlength=len(table)).to(table))[c] - table.diagonal()[c]
        for table, c in pair_weights
    ]
    return torch.stack(total).sum(0)
