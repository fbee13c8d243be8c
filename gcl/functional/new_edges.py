r"""Random addition of edges, without rejection of existing ones and without an N x N matrix.

With the node pairs numbered (``node_pairs``), the r-th pair that is not yet an edge is found by
one binary search in the sorted numbers of the existing edges.

Legend: N nodes, M edges, G graphs, K new edges.
"""

import torch
from torch import Tensor

from gcl.checks import check_probability
from gcl.functional.draws import keep_mask, uniform
from gcl.functional.edges import plain
from gcl.functional.node_pairs import NodePairs


def add_edges(
    edge_index: Tensor,
    num_nodes: int | tuple[int, int],
    p: float = 0.5,
    *,
    undirected: bool = False,
    batch: Tensor | tuple[Tensor, Tensor] | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Add, for every edge with probability ``p``, one random edge that does not exist yet.

    The number of new edges is thus binomial with mean :math:`p M` (per graph of a batch), the
    counterpart of dropping with the same ``p``. Self loops neither count nor arise. The new edges
    are a uniform sample without replacement of the missing ones; a graph with too few missing
    edges gets all of them.

    Args:
        edge_index: Edges, integers in [0, N). Self loops and repeated edges are allowed.
        num_nodes: Number of nodes, or (number of sources, number of targets) of a bipartite graph.
        p: Probability in [0, 1] that an edge brings a new one. Default 0.5.
        undirected: Count and draw unordered pairs, and add both directions of each.
        batch: Graph of each node in ascending order (a pair of them for a bipartite graph): new
            edges stay within a graph. Default: one graph.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **edge_index:** :math:`[2, M]`; **batch:** :math:`[N]`
        - **returns:** :math:`[2, M + K]`; :math:`[M + K]`, False where an edge is new

    Returns:
        The old edges followed by the new ones, and the mask of old edges.

    Raises:
        TypeError: for an argument of the wrong kind.
        ValueError: for an index outside its range, ``p`` outside [0, 1], an unsorted ``batch``,
            an edge between two graphs, or ``undirected`` with a bipartite graph.

    Example:
        >>> add_edges(torch.tensor([[0], [1]]), 2, p=1.0)[0]
        tensor([[0, 1],
                [1, 0]])

    Cost: O((M + N + K) log(M + K)) time, O(M + N + K) memory.
    """
    check_probability(p)
    edge_index = plain(edge_index)
    pairs = NodePairs.build(edge_index, num_nodes, batch=batch, undirected=undirected)
    codes = pairs.encode(edge_index)
    taken = codes.unique()
    parents = taken if undirected else codes  # repeated edges count as often as they occur
    parents = parents[keep_mask(1.0 - p, len(parents), parents.device, generator)]
    new = pairs.decode(_draw_missing(taken, parents, pairs.bounds, generator))
    if undirected:
        new = torch.cat([new, new.flip(0)], dim=1)
    old = torch.ones(edge_index.size(1) + new.size(1), dtype=torch.bool, device=new.device)
    old[edge_index.size(1) :] = False
    return torch.cat([edge_index, new.to(edge_index.dtype)], dim=1), old


def _draw_missing(
    taken: Tensor, parents: Tensor, bounds: Tensor, generator: torch.Generator | None
) -> Tensor:
    r"""Distinct codes outside ``taken``, as many in each graph as ``parents`` has there.

    Repeats are drawn again among what is still missing, so each round settles at least a constant
    share of the rest, however dense the graph.
    """
    start, size = bounds[:-1], bounds.diff()
    missing = size - torch.searchsorted(taken, bounds).diff()
    need = torch.minimum(torch.searchsorted(parents.sort()[0], bounds).diff(), missing)
    chosen = taken.new_zeros(0)
    while int(need.sum()):
        graph = torch.arange(len(size), device=taken.device).repeat_interleave(need)
        rank = uniform(len(graph), taken.device, generator, torch.float64) * missing[graph]
        rank = torch.minimum(rank.long(), missing[graph] - 1)
        rank += (start - torch.searchsorted(taken, start))[graph]  # rank among all graphs' missing
        gaps = taken - torch.arange(len(taken), device=taken.device)
        fresh = (rank + torch.searchsorted(gaps, rank, right=True)).unique()
        chosen, taken = torch.cat([chosen, fresh]), torch.cat([taken, fresh]).sort()[0]
        found = torch.searchsorted(fresh, bounds).diff()
        need, missing = need - found, missing - found
    return chosen
