r"""Mini-batches of nodes with a sample of the neighbourhood that their embeddings depend on.

Legend: N nodes, B seeds, K nodes and E edges of a batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import describe
from gcl.loaders.base import GraphLoader
from gcl.loaders.cut import cut
from gcl.loaders.neighbor_sampler import NeighborSampler
from gcl.loaders.sharding import fingerprint


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

    def fingerprint(self) -> float:
        r"""A number that is the same for loaders of the same seeds."""
        return fingerprint(self.seeds)


def check_input_nodes(
    nodes: Tensor | Sequence[int] | None, num_nodes: int
) -> tuple[Tensor, Tensor]:
    r"""The seeds and their ``input_id``, both [number of seeds], by PyG's rules."""
    if nodes is None:
        return torch.arange(num_nodes), torch.arange(num_nodes)
    if isinstance(nodes, str):
        raise TypeError(f"input_nodes must be node numbers or a mask, got {describe(nodes)}")
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
