r"""Mini-batches that are unions of parts of a graph.

Legend: N nodes, M edges, P parts, K nodes and E edges of a batch.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_int, check_labels, describe
from gcl.functional.draw_neighbors import ALL, draw_neighbors
from gcl.functional.partition import partition_graph
from gcl.loaders.base import GraphLoader
from gcl.loaders.cut import cut
from gcl.loaders.incoming import check_graph, incoming
from gcl.loaders.numbering import Numbering
from gcl.loaders.sharding import fingerprint


class ClusterLoader(GraphLoader):
    r"""Mini-batches of a few parts of the graph each, with all edges among their nodes, also those
    between parts (`Cluster-GCN <https://arxiv.org/abs/1905.07953>`_).

    Every node is in exactly one batch of an epoch. All nodes of a batch are seeds: they are all in
    the loss (``batch_size`` is their number, ``input_id`` is ``n_id``), and augmenters may drop any
    of them. ``n_id`` and ``e_id`` hold the old numbers of nodes and edges. Edges stand in ascending
    order of their target.

    Args:
        data: the graph, which stays as it is.
        num_parts: number of parts P; None if ``method`` is a partition.
        batch_size: parts of a batch. With several, the parts that meet change from epoch to epoch.
            Several processes divide them, and keep no edge between parts of two processes.
        method: ``"metis"``, ``"communities"`` (:func:`gcl.functional.partition_graph`), or a
            partition of your own, the number of each node's part from 0.
        shuffle: draw anew in every epoch which parts meet.
        drop_last: leave out a last batch of fewer parts.
        seed: of the partition; 0 if None. Not with a partition of your own.
        generator: source of randomness for the order; torch's global one if None.

    Shapes:
        a partition [N] -> batches of K nodes and E edges

    Attributes:
        part: number of each node's part, [N].

    Raises:
        TypeError, ValueError: for arguments of the wrong kind or out of range, or that would be
            ignored.

    Cost:
        Once, the partition and two sorts, and 3 M + 3 N integers of memory. A batch takes time in
        proportion to its nodes and all edges into them.

    Example:
        >>> cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> data = Data(x=torch.rand(4, 2), edge_index=cycle)
        >>> own = torch.tensor([0, 0, 1, 1])
        >>> [batch.n_id.tolist() for batch in ClusterLoader(data, method=own, shuffle=False)]
        [[0, 1], [2, 3]]
    """

    def __init__(
        self,
        data: Data,
        num_parts: int | None = None,
        batch_size: int = 1,
        *,
        method: str | Tensor = "metis",
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        self.data = check_graph(data)
        self.part = _partition(data, num_parts, method, seed)
        self.edges = incoming(data)  # after the partition, whose memory is free again
        self.nodes = self.part.argsort(stable=True)  # part by part
        sizes = torch.bincount(self.part)
        self.start = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
        super().__init__(
            len(sizes), batch_size, shuffle=shuffle, drop_last=drop_last, generator=generator
        )
        self._numbers = Numbering(len(self.part), self.part.device)

    def load(self, items: Tensor) -> Data:
        r"""The batch of these parts, numbers [B]."""
        place, _ = draw_neighbors(self.start, items.to(self.start.device), ALL)
        nodes = self.nodes[place]
        edge_index, e_id = self._among(nodes)
        batch = cut(self.data, nodes, edge_index, e_id)
        batch.input_id, batch.batch_size = nodes, len(nodes)
        return batch

    def fingerprint(self) -> float:
        r"""A number that is the same for loaders of the same parts."""
        return fingerprint(self.part)

    def _among(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        r"""The edges among the nodes, in new numbers [2, E] and by their old columns [E]."""
        try:
            self._numbers.add(nodes, 0)
            place, target = draw_neighbors(self.edges.start, nodes, ALL)
            source = self._numbers.place[self.edges.source[place]]
        finally:  # an interrupted batch leaves no trace in the next
            self._numbers.clear(nodes)
        inside = (source >= 0).nonzero().view(-1)
        ends = torch.stack([source[inside], target[inside]])
        return ends, self.edges.e_id[place[inside]]


def _partition(data: Data, num_parts: int | None, method: str | Tensor, seed: int | None) -> Tensor:
    num_nodes = int(data.num_nodes or 0)
    if not isinstance(method, Tensor):
        if num_parts is None:
            raise ValueError(f"num_parts must be given with method={method!r}, got None")
        seed = 0 if seed is None else check_int(seed, "seed")
        return _without_gaps(
            partition_graph(data.edge_index, num_nodes, num_parts, method=method, seed=seed)
        )
    for name, value in (("num_parts", num_parts), ("seed", seed)):
        if value is not None:
            raise ValueError(f"{name}={value} would be ignored: method is a partition")
    part = check_labels(method, num_nodes, "method").to(data.edge_index.device)
    if int(part.min()) < 0:
        raise ValueError(f"method must give every node a part from 0, got {describe(method)}")
    return _without_gaps(part)


def _without_gaps(part: Tensor) -> Tensor:
    r"""Parts numbered without gaps: METIS may leave some of very many parts empty."""
    return part.unique(return_inverse=True)[1]
