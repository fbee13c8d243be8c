r"""Connected parts of a graph around seed nodes.

Legend: N nodes, M edges, S seeds, L steps, K hops.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int
from gcl.functional.csr import sort_entries
from gcl.functional.draws import uniform
from gcl.functional.edges import plain
from gcl.functional.node_seeds import Seeds, pick_seeds
from gcl.functional.nodes import induce


def walk_subgraph(
    edge_index: Tensor,
    num_nodes: int,
    seeds: Seeds = 0.1,
    *,
    length: int = 10,
    batch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Keep the nodes that random walks from the seeds visit, the seeds among them.

    The subgraph of `GraphCL <https://arxiv.org/abs/2010.13902>`_, with several walks instead of
    one. A walk follows the direction of edges, each with equal probability; at a node without any
    it stays. The graph returned holds all edges among kept nodes.

    Args:
        edge_index: Edges, integers in [0, N).
        num_nodes: Number of nodes N.
        seeds: Where walks start: a share of the nodes (a float in (0, 1]) or their number (an
            integer) in each graph, drawn without replacement, or node numbers. Default 0.1.
        length: Steps of a walk, 0 or more. Default 10.
        batch: Graph of each node, for random seeds in each. Default: all nodes are one graph.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **edge_index:** :math:`[2, M]`; **batch:** :math:`[N]`
        - **returns:** :math:`[2, M']`, :math:`[N]`, :math:`[M]`

    Returns:
        The edges among kept nodes, renumbered in the old order; the masks of kept nodes and edges.

    Raises:
        TypeError: for an argument of the wrong kind.
        ValueError: for indices outside [0, N), or ``seeds`` or ``length`` out of range.

    Example:
        >>> cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> walk_subgraph(cycle, 4, seeds=[3], length=1)[1]
        tensor([ True, False, False,  True])

    Cost: O(N log N + M + S L).
    """
    check_edge_index(edge_index, check_int(num_nodes, "num_nodes"))
    start = pick_seeds(seeds, num_nodes, edge_index.device, batch=batch, generator=generator)
    walks = random_walks(edge_index, num_nodes, start, length, generator=generator)
    keep = torch.zeros(num_nodes, dtype=torch.bool, device=edge_index.device)
    keep[walks.view(-1)] = True
    return induce(edge_index, keep)


def random_walks(
    edge_index: Tensor,
    num_nodes: int,
    start: Tensor,
    length: int,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""The nodes of one uniform random walk from each start: [S] -> [S, L + 1].

    Cost: a sort of M integers, and O(S L), all walks at once.
    """
    check_int(length, "length")
    source, target = plain(edge_index)
    pattern, _ = sort_entries(source, target, (num_nodes, num_nodes))
    begin, count = pattern.start[:-1].long(), pattern.start.diff().long()
    draws = uniform((length, len(start)), start.device, generator, dtype=torch.float64)
    walk = [start.long()]
    for draw in draws:
        here = walk[-1]
        move = count[here] > 0
        place = begin[here] + (draw * count[here]).long()
        walk.append(torch.where(move, _take(pattern.column, place), here))
    return torch.stack(walk, dim=1)


def _take(column: Tensor, place: Tensor) -> Tensor:
    # Where a node has no edge the place may lie behind the last one; what is read is not used.
    if not len(column):
        return torch.zeros_like(place)
    return column[place.clamp(max=len(column) - 1)].long()


def ego_subgraph(
    edge_index: Tensor,
    num_nodes: int,
    seeds: Seeds = 0.1,
    *,
    num_hops: int = 2,
    batch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Keep the nodes from which a path of at most ``num_hops`` edges leads to a seed.

    These are the nodes that a network of as many layers reads for the seeds, which are among
    them.

    Args:
        edge_index: Edges, integers in [0, N).
        num_nodes: Number of nodes N.
        seeds: As in :func:`walk_subgraph`.
        num_hops: Longest path K, 0 or more. Default 2.
        batch: Graph of each node, for random seeds in each. Default: all nodes are one graph.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **edge_index:** :math:`[2, M]`; **batch:** :math:`[N]`
        - **returns:** :math:`[2, M']`, :math:`[N]`, :math:`[M]`

    Returns:
        The edges among kept nodes, renumbered in the old order; the masks of kept nodes and edges.

    Raises:
        TypeError: for an argument of the wrong kind.
        ValueError: for indices outside [0, N), or ``seeds`` or ``num_hops`` out of range.

    Example:
        >>> cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> ego_subgraph(cycle, 4, seeds=[0], num_hops=2)[1]
        tensor([ True, False,  True,  True])

    Cost: O(K M), and two sorts of N numbers for random seeds.
    """
    check_edge_index(edge_index, check_int(num_nodes, "num_nodes"))
    keep = torch.zeros(num_nodes, dtype=torch.bool, device=edge_index.device)
    keep[pick_seeds(seeds, num_nodes, keep.device, batch=batch, generator=generator)] = True
    source, target = plain(edge_index)
    for _ in range(check_int(num_hops, "num_hops")):
        reached = source[keep[target]]
        keep = keep.index_fill(0, reached.long(), True)
    return induce(edge_index, keep)
