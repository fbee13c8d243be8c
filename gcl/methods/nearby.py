r"""Positive pairs of nodes that lie close in embedding space and in the graph, or in its clusters.

Legend: N nodes, M edges, D embedding width, k neighbours, P pairs, R runs of k-means.
"""

import torch
from torch import Tensor

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_int
from gcl.functional.edges import plain
from gcl.functional.kmeans import kmeans
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_topk


class NearbyPairs:
    r"""Pair every node with itself and with those of its nearest nodes that something else supports
    (`AFGRL <https://arxiv.org/abs/2112.02472>`_).

    A node's nearest are the k - 1 others whose target embedding has the largest cosine with the
    node's own embedding. One of them is kept if an edge joins it to the node, in either direction,
    or if any of R runs of k-means on the target's unit embeddings puts both into one cluster.

    Args:
        num_neighbors: k, 1 or more, the node itself included; at most N are taken.
        num_clusters: clusters of a run of k-means; at most N are made.
        num_runs: runs R of k-means, each from other random nodes.
        num_iterations: rounds of a run at most.
    """

    def __init__(
        self, num_neighbors: int, num_clusters: int, num_runs: int, num_iterations: int
    ) -> None:
        self.num_neighbors = check_int(num_neighbors, "num_neighbors", minimum=1)
        self.num_clusters = check_int(num_clusters, "num_clusters", minimum=1)
        self.num_runs = check_int(num_runs, "num_runs", minimum=1)
        self.num_iterations = check_int(num_iterations, "num_iterations")
        self.edges = PerGraph(_sorted_codes)

    @torch.no_grad()
    def __call__(self, h: Tensor, target: Tensor, edge_index: Tensor) -> Tensor:
        r"""The pairs (i, j), first every node with itself.

        Shapes:
            h and target [N, D], edge_index [2, M] -> [2, P] with N <= P <= N k

        Cost: O(N^2 D) time for the nearest and O(N D K R) for each round of k-means with K
            clusters; O(N k) memory.
        """
        u, v = unit_rows(h), unit_rows(target)
        node = torch.arange(len(u), device=u.device)
        itself, others = node.expand(2, -1), self.nearest(u, v)
        kept = is_edge(others, self.edges(plain(edge_index))) | self.share_cluster(v, others)
        return torch.cat([itself, others[:, kept]], dim=1)

    def nearest(self, u: Tensor, v: Tensor) -> Tensor:
        r"""Each row of ``u`` with its k - 1 nearest rows of ``v`` but its own: [2, N (k - 1)]."""
        k = min(self.num_neighbors, len(u)) - 1
        node = torch.arange(len(u), device=u.device)
        near = row_topk(u, v, k, exclude_diagonal=True)[1] if k else node[:0]
        return torch.stack([node.repeat_interleave(k), near.view(-1)])

    def share_cluster(self, v: Tensor, pairs: Tensor) -> Tensor:
        r"""Whether any run of k-means puts both rows of a pair into one cluster: [P]."""
        label = kmeans(
            v,
            min(self.num_clusters, len(v)),
            num_runs=self.num_runs,
            num_iterations=self.num_iterations,
        )
        return (label[:, pairs[0]] == label[:, pairs[1]]).any(0)


def is_edge(pairs: Tensor, codes: Tensor) -> Tensor:
    r"""Whether each pair [2, P] is among the edges with these codes in ascending order: [P]."""
    if not len(codes):
        return torch.zeros_like(pairs[0], dtype=torch.bool)
    code = _codes(pairs)
    place = torch.searchsorted(codes, code).clamp(max=len(codes) - 1)
    return codes[place] == code


def _codes(pairs: Tensor) -> Tensor:
    return pairs[0].long() * 2**31 + pairs[1]  # distinct below 2^31 nodes


def _sorted_codes(edge_index: Tensor) -> Tensor:
    return torch.cat([_codes(edge_index), _codes(edge_index.flip(0))]).sort().values
