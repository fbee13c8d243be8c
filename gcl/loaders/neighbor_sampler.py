r"""Samples of the neighbourhoods of nodes, in plain PyTorch.

Legend: N nodes and M edges of the graph, B seeds, L hops, K nodes and E edges of a sample.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_edge_index, check_flag, check_int, describe
from gcl.functional.draw_neighbors import ALL, draw_neighbors
from gcl.functional.draws import check_generator
from gcl.loaders.incoming import incoming
from gcl.loaders.numbering import Numbering


class Sampled(NamedTuple):
    r"""The neighbourhood of some seeds.

    Attributes:
        n_id: old number of each node, seeds first, then hop by hop: [K].
        edge_index: edges in new numbers, in ascending order of their target: [2, E].
        e_id: old column of each edge: [E].
        num_sampled_nodes: how many nodes are new in each hop, the seeds first: L + 1 numbers.
        num_sampled_edges: how many edges each hop added: L numbers.
    """

    n_id: Tensor
    edge_index: Tensor
    e_id: Tensor
    num_sampled_nodes: list[int]
    num_sampled_edges: list[int]


class NeighborSampler:
    r"""Sample a fixed number of neighbours per node, hop by hop (`GraphSAGE
    <https://arxiv.org/abs/1706.02216>`_), in plain PyTorch.

    Edges point from source to target, and neighbours of a node are the sources of the edges into
    it: those that message passing reads. A hop draws neighbours for the nodes that the hop before
    found first, so each node's neighbours are drawn once. This is the sampling of PyG's
    ``NeighborLoader`` (``directed``), which needs a compiled package; here hubs cost no more than
    other nodes, and there is no loop over nodes or edges.

    Args:
        data: the graph.
        num_neighbors: how many neighbours to draw in each hop, -1 for all.
        replace: whether a neighbour may be drawn several times; there is an edge for each.
        generator: source of randomness; torch's global one if None.

    Shapes:
        called with seeds [B], distinct -> :class:`~gcl.loaders.neighbor_sampler.Sampled`

    Raises:
        TypeError, ValueError: for data without nodes or edges, numbers below -1, or seeds that are
            no nodes or not distinct.

    Cost:
        Once, a sort of M integers, and 2 M + N integers of memory. A hop that draws k neighbours
        of F nodes takes O(F k^2) time and O(F k) memory.

    Example:
        >>> star = Data(edge_index=torch.tensor([[1, 2, 3], [0, 0, 0]]), num_nodes=4)
        >>> NeighborSampler(star, [2])(torch.tensor([0])).edge_index
        tensor([[1, 2],
                [0, 0]])
    """

    def __init__(
        self,
        data: Data,
        num_neighbors: Sequence[int],
        *,
        replace: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        self.edges = incoming(data)
        self.num_neighbors = _check_counts(num_neighbors)
        self.replace = check_flag(replace, "replace")
        self.generator = check_generator(generator)
        self._numbers = Numbering(len(self.edges.start) - 1, self.edges.start.device)

    def __call__(self, seeds: Tensor) -> Sampled:
        r"""Sample the neighbourhood of the seeds."""
        check_edge_index(seeds.expand(2, -1), len(self.edges.start) - 1, "seeds")
        hops, edges = [self._numbers.add(seeds, 0)], []
        try:
            if len(hops[0]) < len(seeds):
                raise ValueError("seeds must be distinct, got some of them twice")
            for count in self.num_neighbors:
                known = sum(map(len, hops))
                place, owner = draw_neighbors(
                    self.edges.start,
                    hops[-1],
                    count,
                    replace=self.replace,
                    generator=self.generator,
                )
                source = self.edges.source[place]
                target = owner + (known - len(hops[-1]))
                hops.append(self._numbers.add(source, known))
                ends = torch.stack([self._numbers.place[source], target])
                edges.append((ends, self.edges.e_id[place]))
        finally:
            n_id = torch.cat(hops)
            self._numbers.clear(n_id)
        none = n_id.new_empty(2, 0)
        return Sampled(
            n_id,
            torch.cat([none, *(ends for ends, _ in edges)], dim=1),
            torch.cat([none[0], *(e_id for _, e_id in edges)]),
            [len(hop) for hop in hops],
            [len(e_id) for _, e_id in edges],
        )


def _check_counts(num_neighbors: Sequence[int]) -> list[int]:
    if isinstance(num_neighbors, str) or not isinstance(num_neighbors, Sequence):
        raise TypeError(
            f"num_neighbors must be a list, a number for each hop, got {describe(num_neighbors)}"
        )
    if not num_neighbors:
        raise ValueError("num_neighbors must hold a number for at least one hop, got none")
    return [check_int(count, "num_neighbors", minimum=ALL) for count in num_neighbors]
