r"""Mini-batches of nodes with a sample of the neighbourhood that their embeddings depend on.

Legend: N nodes, M edges, B seeds, L hops, K nodes and E edges of a batch.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_edge_index, check_flag, check_int, describe
from gcl.functional.draw_neighbors import ALL, draw_neighbors
from gcl.functional.draws import check_generator
from gcl.loaders.base import GraphLoader
from gcl.loaders.incoming import Numbering, cut, incoming


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
        called with seeds [B], distinct -> :class:`~gcl.loaders.neighbor.Sampled`

    Raises:
        TypeError, ValueError: for data without nodes or edges, or numbers below -1.

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


class NeighborLoader(GraphLoader):
    r"""Mini-batches of seeds with sampled neighbourhoods (`GraphSAGE
    <https://arxiv.org/abs/1706.02216>`_), with the attributes of PyG's ``NeighborLoader``.

    A batch is a ``Data`` whose first ``batch_size`` nodes are the seeds. Beside the attributes of
    its nodes and edges it has ``n_id`` and ``e_id`` (old numbers of nodes and edges), ``input_id``
    (of each seed: its place in ``input_nodes``, or its number if that is a mask),
    ``num_sampled_nodes`` and ``num_sampled_edges``. Edges stand in ascending order of their target.
    Methods put only the rows of seeds into their loss, and augmenters that drop nodes spare seeds.

    Args:
        data: the graph, which stays as it is.
        num_neighbors: how many neighbours to draw in each hop, as many hops as the encoder has
            layers; -1 for all.
        batch_size: seeds of a batch.
        replace: whether a neighbour may be drawn several times.
        input_nodes: the seeds of an epoch, distinct node numbers or a mask; all nodes if None.
        shuffle: draw a new order of the seeds in every epoch.
        drop_last: leave out a last batch that is smaller than the others.
        generator: source of randomness for order and neighbours; torch's global one if None.

    Shapes:
        input_nodes [number of seeds] or a mask [N] -> batches of K nodes and E edges

    Raises:
        TypeError, ValueError: for arguments of the wrong kind or out of range.

    Cost: as :class:`NeighborSampler`, and the copy of the attributes of K nodes and E edges.

    Example:
        >>> cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> data = Data(x=torch.rand(4, 2), edge_index=cycle)
        >>> batch = next(iter(NeighborLoader(data, [1], batch_size=2)))
        >>> batch.n_id, batch.batch_size
        (tensor([0, 1, 3]), 2)
    """

    def __init__(
        self,
        data: Data,
        num_neighbors: Sequence[int],
        batch_size: int = 1024,
        *,
        replace: bool = False,
        input_nodes: Tensor | Sequence[int] | None = None,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        self.data = data
        self.sampler = NeighborSampler(data, num_neighbors, replace=replace, generator=generator)
        self.seeds, self.input_id = check_input_nodes(input_nodes, int(data.num_nodes or 0))
        super().__init__(
            len(self.seeds), batch_size, shuffle=shuffle, drop_last=drop_last, generator=generator
        )

    def load(self, items: Tensor) -> Data:
        r"""The batch of these seeds, numbers [B] of places in ``input_nodes``."""
        device = self.sampler.edges.start.device
        sampled = self.sampler(self.seeds[items].to(device))
        batch = cut(self.data, sampled.n_id, sampled.edge_index, sampled.e_id)
        batch.input_id = self.input_id[items].to(device)
        batch.batch_size = len(items)
        batch.num_sampled_nodes = sampled.num_sampled_nodes
        batch.num_sampled_edges = sampled.num_sampled_edges
        return batch


def check_input_nodes(
    nodes: Tensor | Sequence[int] | None, num_nodes: int
) -> tuple[Tensor, Tensor]:
    r"""The seeds and their ``input_id``, both [number of seeds], by PyG's rules."""
    if nodes is None:
        return torch.arange(num_nodes), torch.arange(num_nodes)
    nodes = torch.as_tensor(nodes).cpu()
    if nodes.dtype == torch.bool:
        if nodes.shape != (num_nodes,):
            raise ValueError(f"input_nodes must be a mask [{num_nodes}], got {describe(nodes)}")
        nodes = nodes.nonzero().view(-1)
        input_id = nodes
    else:
        input_id = torch.arange(nodes.numel())
    if nodes.dim() != 1 or nodes.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"input_nodes must be node numbers or a mask, got {describe(nodes)}")
    if not len(nodes):
        raise ValueError("input_nodes must hold at least one node, got none")
    low, high = int(nodes.min()), int(nodes.max())
    if low < 0 or high >= num_nodes:
        bad = low if low < 0 else high
        raise ValueError(f"input_nodes must lie in [0, {num_nodes}), got {bad}")
    if len(nodes.unique()) < len(nodes):
        raise ValueError("input_nodes must be distinct, got some of them twice")
    return nodes.long(), input_id


def _check_counts(num_neighbors: Sequence[int]) -> list[int]:
    if isinstance(num_neighbors, str) or not isinstance(num_neighbors, Sequence):
        raise TypeError(
            f"num_neighbors must be a list, a number for each hop, got {describe(num_neighbors)}"
        )
    if not num_neighbors:
        raise ValueError("num_neighbors must hold a number for at least one hop, got none")
    return [check_int(count, "num_neighbors", minimum=ALL) for count in num_neighbors]
