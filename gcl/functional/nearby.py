r"""Pairs of rows that lie close in embedding space, and in a graph or in one cluster.

Legend: N nodes, M edges, D embedding width, k neighbours, P pairs, R runs of k-means.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_pair
from gcl.functional.clusters import kmeans
from gcl.functional.edges import plain
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_topk


@torch.no_grad()
def nearby_pairs(
    h: Tensor,
    target: Tensor,
    edge_index: Tensor,
    *,
    num_neighbors: int = 4,
    num_clusters: int = 100,
    num_runs: int = 5,
    num_iterations: int = 20,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Pair every node with itself and with those of its nearest nodes that something else supports
    (`AFGRL <https://arxiv.org/abs/2112.02472>`_).

    A node's nearest are the k - 1 others whose ``target`` embedding has the largest cosine with the
    node's own embedding. One of them is kept if an edge joins it to the node, in either direction,
    or if any of R runs of k-means on the unit rows of ``target`` puts both into one cluster.

    Args:
        h: embeddings of the nodes.
        target: embeddings of the same nodes by the target network.
        edge_index: edges; those of nodes beyond the N given are ignored.
        num_neighbors: k, 1 or more, the node itself included; at most N are taken.
        num_clusters: clusters of a run of k-means; at most N are made.
        num_runs: runs R of k-means, each from other random nodes.
        num_iterations: rounds of a run at most.
        generator: source of randomness; torch's global generator if None.

    Shapes:
        h and target [N, D], edge_index [2, M] -> pairs (i, j) [2, P], N <= P <= N k, the pairs of
        every node with itself first

    Raises:
        TypeError, ValueError: for embeddings that are no finite float matrices of one shape, or
            numbers out of range.

    Cost: O(N^2 D) time for the nearest and O(N D K R) for each round of k-means with K clusters;
        O(N (k + R) + M) memory, and a block of products.

    Example:
        >>> h = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
        >>> nearby_pairs(h, h, torch.tensor([[0], [1]]), num_neighbors=2, num_clusters=3)
        tensor([[0, 1, 2, 0, 1],
                [0, 1, 2, 1, 0]])
    """
    check_pair(h, target, ("h", "target"))
    check_int(num_neighbors, "num_neighbors", minimum=1)
    check_int(num_clusters, "num_clusters", minimum=1)
    u, v = unit_rows(h), unit_rows(target)
    node = torch.arange(len(u), device=u.device)
    others = _nearest(u, v, min(num_neighbors, len(u)) - 1)
    label = kmeans(
        v,
        min(num_clusters, len(v)),
        num_runs=num_runs,
        num_iterations=num_iterations,
        generator=generator,
    )
    same = (label[:, others[0]] == label[:, others[1]]).any(0)
    kept = same | are_joined(others, plain(edge_index))
    return torch.cat([node.expand(2, -1), others[:, kept]], dim=1)


def _nearest(u: Tensor, v: Tensor, k: int) -> Tensor:
    r"""Each row of ``u`` with its k nearest rows of ``v`` but its own: [2, N k]."""
    node = torch.arange(len(u), device=u.device)
    near = row_topk(u, v, k, exclude_diagonal=True)[1] if k else node[:0]
    return torch.stack([node.repeat_interleave(k), near.view(-1)])


def are_joined(pairs: Tensor, edge_index: Tensor) -> Tensor:
    r"""Whether an edge joins the nodes of each pair, in either direction: [2, P] -> [P].

    No pair may be listed twice. Cost: a sort of P integers, and a search in them for every edge.
    """
    joined = torch.zeros_like(pairs[0], dtype=torch.bool)
    if not len(joined):
        return joined
    code, order = _codes(pairs).sort()
    for edges in (edge_index, edge_index.flip(0)):
        edge_code = _codes(edges)
        place = torch.searchsorted(code, edge_code).clamp(max=len(code) - 1)
        joined[order[place[code[place] == edge_code]]] = True
    return joined


def _codes(pairs: Tensor) -> Tensor:
    return pairs[0].long() * 2**31 + pairs[1]  # distinct below 2^31 nodes
