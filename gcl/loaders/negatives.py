r"""Exact uniform sampling of non-edges, without rejection and without an N x N tensor.

Every unordered pair i < j has a number j (j - 1) / 2 + i, from 0 to N (N - 1) / 2 - 1. The sorted
numbers of the edges tell how many non-edges lie before each of them, so one binary search turns a
rank among the non-edges into a pair.

Legend: N nodes, P edges as unordered pairs, K samples.
"""

import torch
from torch import Tensor


def pair_ids(edge_index: Tensor) -> Tensor:
    r"""Number every edge [2, M] by its unordered pair; a self loop of node i gets -1 - i."""
    low, high = edge_index.min(dim=0).values.long(), edge_index.max(dim=0).values.long()
    return torch.where(low == high, -1 - low, high * (high - 1) // 2 + low)


def pairs_of(ids: Tensor) -> Tensor:
    r"""The pairs [2, K] with first row < second row; the inverse of :func:`pair_ids`."""
    high = ((1 + (1 + 8 * ids.double()).sqrt()) / 2).long()
    high -= (high * (high - 1) // 2 > ids).long()  # float64 may be one off for large graphs
    high += (high * (high + 1) // 2 <= ids).long()
    return torch.stack([ids - high * (high - 1) // 2, high])


def sample_non_edges(
    edge_ids: Tensor, num_nodes: int, num_samples: int, generator: torch.Generator
) -> Tensor:
    r"""Draw distinct pairs of different nodes that no edge joins, in random order.

    Args:
        edge_ids: sorted distinct pair numbers [P] of all edges, self loops left out.
        num_nodes: N.
        num_samples: K, how many pairs.
        generator: source of randomness, on the CPU.

    Returns:
        Pairs [2, K], first row < second row.

    Raises:
        ValueError: if the graph has fewer than K non-edges.

    Cost:
        O((P + K) log (P + K)) time, O(P + K) memory.
    """
    available = num_nodes * (num_nodes - 1) // 2 - len(edge_ids)
    if num_samples > available:
        raise ValueError(
            f"the graph is too dense: {num_samples} non-edges are needed, but {num_nodes} nodes "
            f"with {len(edge_ids)} edges leave {available}"
        )
    ranks = _distinct(available, num_samples, generator)
    non_edges_before = edge_ids - torch.arange(len(edge_ids))
    return pairs_of(ranks + torch.searchsorted(non_edges_before, ranks, right=True))


def _distinct(high: int, count: int, generator: torch.Generator) -> Tensor:
    r"""Draw ``count`` distinct integers in [0, high), in random order."""
    if high <= 4 * count:
        return torch.randperm(high, generator=generator)[:count]
    drawn = torch.empty(0, dtype=torch.long)
    while len(drawn) < count:  # one round is enough but for bad luck: 2K draws from more than 4K
        fresh = torch.randint(high, (2 * count,), generator=generator)
        drawn = torch.cat([drawn, fresh]).unique()
    return drawn[torch.randperm(len(drawn), generator=generator)[:count]]
