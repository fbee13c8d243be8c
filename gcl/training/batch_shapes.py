r"""How many nodes and edges a batch of a loader is expected to have.

Legend: N nodes.
"""

import math
from collections.abc import Callable, Sequence

from torch import Tensor

Shape = Callable[[int], tuple[float, float]]


def neighbor_shape(degree: Tensor, num_neighbors: Sequence[int]) -> Shape:
    r"""Nodes and edges that are expected in a batch of sampled neighbourhoods, by its seeds.

    Neighbours that are drawn have as many neighbours as the end of a random edge has, and some are
    drawn for several nodes: of n random ones in N, :math:`N (1 - e^{-n/N})` differ.

    Args:
        degree: number of edges into each node, [N].
        num_neighbors: how many are drawn in each hop, -1 for all.
    """
    degree = degree.double()
    ends = degree / degree.sum().clamp(min=1)  # how likely an edge ends there
    drawn = [degree if k < 0 else degree.clamp(max=k) for k in num_neighbors]
    means = [float(d.mean() if i == 0 else (d * ends).sum()) for i, d in enumerate(drawn)]

    def shape(seeds: int) -> tuple[float, float]:
        hop, drawn, edges = float(seeds), 0.0, 0.0
        for mean in means:
            edges += hop * mean
            drawn += hop * mean
            hop = _different(hop * mean, len(degree))
        return min(seeds + _different(drawn, len(degree)), float(len(degree))), edges

    return shape


def part_shape(num_nodes: int, num_edges: int, num_parts: int) -> Shape:
    r"""Nodes and edges that are expected in a batch of parts, by their number.

    Parts may be a tenth larger than their mean; all edges into a part are looked at, and counted.
    """

    def shape(parts: int) -> tuple[float, float]:
        share = min(1.1 * parts / num_parts, 1.0)
        return share * num_nodes, share * num_edges

    return shape


def _different(draws: float, num_nodes: int) -> float:
    return -num_nodes * math.expm1(-draws / num_nodes)
