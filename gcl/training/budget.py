r"""What training takes of the memory, estimated from shapes, and what fits into a budget.

Legend: N nodes, M edges, F features, D embedding width, P parameters, W outputs of all layers
together; K nodes and E edges of a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.encoders import GCN, MLP
from gcl.functional.blocks import block_shape
from gcl.training.batch_shapes import Shape
from gcl.training.memory_size import in_units, parse_memory, resident

_WORD = 4  # bytes of a float32
_LATER = 96 * 2**20  # libraries that are imported when they are used, and the allocator's reserve
_SLACK = 1.25  # of what is allocated, for pieces that are free but of the wrong size
_COPIES = 6  # of the parameters: weights, gradient, two moments, a checkpoint, the best epoch
_HELD_PER_LAYER = 3  # per output: product, propagated, activation; gradients take their turn
_EDGE = 40 + 2 * 100  # bytes: in the batch; in two views, sorted along rows and columns
_ENTRY = 40  # bytes of an edge in the lists of a loader, while they are sorted
_BLOCK_EDGE = 60  # bytes of an edge whose source is gathered in layer-wise embedding
_SMALLEST_BLOCK, _LARGEST_BLOCK = 2**10, 2**20


@dataclass(frozen=True)
class MemoryBudget:
    r"""What fits into a budget beside what is there whatever the batch size.

    .. math::
        \text{fixed} &= \text{held} + \text{later} + 6 \cdot 4 P + \max(40 M + 8 N, 12 N D) \\
        \text{batch} &= 1.25 \, [\, 4 K (3 F + 2 \cdot 3 W) + (240 + 8 m) E \,]

    *held* is the resident size of the process when the budget is drawn up, libraries, features and
    edges among it; *later* stands for libraries that are imported when they are used. Parameters
    count six times: weights, gradient, two moments of Adam, a checkpoint and the best epoch. The
    loader lists the edges, and embeddings of the whole graph are made layer by layer afterwards, so
    that the larger of the two counts. A batch holds its features and those of two masked views, and
    for every output of a layer in either view what the backward pass needs. W sums the outputs of
    all weight matrices, a target network's and those of heads too: an upper bound. Encoders that
    store a message for each edge keep m = F + W numbers of it in either view; GCN and MLP none.

    Attributes:
        total: bytes that the process may take.
        fixed: bytes that it takes whatever the batch.
        num_features: F.
        outputs: W.
        embedding: D.
        messages: m.
    """

    total: int
    fixed: int
    num_features: int
    outputs: int
    embedding: int
    messages: int = 0

    @property
    def room(self) -> int:
        r"""Bytes that are left for a batch, the blocks of its loss taken off."""
        height, width = self.blocks()
        threads = torch.get_num_threads()
        return self.total - self.fixed - 3 * threads * height * max(height, width) * _WORD

    def blocks(self) -> tuple[int, int]:
        r"""Rows and columns of a block of a streamed loss, for :func:`block_limit`."""
        return block_shape(torch.device("cpu"), torch.float32, limit=self.block_limit)

    @property
    def block_limit(self) -> int:
        r"""Bytes of a block of a streamed loss: at most a 64th of what is not fixed."""
        return max((self.total - self.fixed) // (64 * torch.get_num_threads()), 2**14)

    def batch(self, nodes: float, edges: float) -> int:
        r"""Bytes of a step on a batch of so many nodes and edges."""
        per_node = _WORD * (3 * self.num_features + 2 * _HELD_PER_LAYER * self.outputs)
        per_edge = _EDGE + 2 * _WORD * self.messages
        return int(_SLACK * (nodes * per_node + edges * per_edge))

    def largest(self, shape: Shape, most: int) -> int:
        r"""The largest batch size up to ``most`` that fits; ``shape`` gives its K and E. 0 if none.

        Example:
            >>> budget = MemoryBudget(10**9, 10**8, 10, 20, 10)
            >>> budget.largest(lambda size: (size, 4 * size), 10**9) > 10**4
            True
        """
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.fits(shape(middle)) else (low, middle - 1)
        return low

    def fits(self, shape: tuple[float, float]) -> bool:
        r"""Whether a batch of so many nodes and edges fits."""
        return self.batch(*shape) <= self.room

    @property
    def block_size(self) -> int:
        r"""Nodes and edges that are embedded at a time, a power of two."""
        widest = max(self.num_features, self.outputs)
        per_node = _SLACK * (_WORD * 4 * widest + _BLOCK_EDGE)
        size = _SMALLEST_BLOCK
        while 2 * size <= _LARGEST_BLOCK and 2 * size * per_node <= self.room:
            size *= 2
        return size


def memory_budget(
    budget: str | int, method: nn.Module, data: Data, *, held: int | None = None
) -> MemoryBudget:
    r"""Draw up the memory of training ``method`` on ``data``, see :class:`MemoryBudget`.

    Args:
        budget: what the process may take, ``"4GB"`` or bytes.
        method: the method, as it is built.
        data: the graph, as it is loaded.
        held: bytes that are taken already; the resident size of the process if None.

    Raises:
        ValueError: if what is there already, the parameters and the graph's lists and embeddings
            take more; the message has both numbers.

    Example:
        >>> from gcl.methods import GRACE
        >>> data = Data(x=torch.rand(3, 8), edge_index=torch.tensor([[0, 1], [1, 2]]))
        >>> budget = memory_budget("4GB", GRACE(8, out_channels=16), data, held=10**8)
        >>> budget.total, budget.room < budget.total
        (4000000000, True)
    """
    total = parse_memory(budget)
    held = resident() if held is None else held
    held = _bytes(data) if held is None else held
    weights = [p for p in method.parameters() if p.dim() > 1]
    width = int(getattr(getattr(method, "encoder", None), "out_channels", 0) or _last(weights))
    nodes, edges = int(data.num_nodes or 0), data.num_edges
    own = _COPIES * _WORD * sum(p.numel() for p in method.parameters())
    graph = max(_ENTRY * edges + 8 * nodes, 3 * _WORD * nodes * width)
    fixed = held + _LATER + own + graph
    if fixed >= total:
        raise ValueError(
            f"memory_budget must exceed what is taken whatever the batch size, {in_units(fixed)} "
            f"({in_units(held)} there already, {in_units(own)} for parameters and optimiser, "
            f"{in_units(graph)} for lists of edges and embeddings); got {in_units(total)}"
        )
    outputs = sum(p.size(0) for p in weights)
    lean = isinstance(getattr(method, "encoder", None), GCN | MLP)
    messages = 0 if lean else data.num_features + outputs
    return MemoryBudget(total, fixed, data.num_features, outputs, width, messages)


def _bytes(data: Data) -> int:
    tensors = [value for _, value in data if isinstance(value, Tensor)]
    return sum(t.numel() * t.element_size() for t in tensors if t.layout == torch.strided)


def _last(weights: Sequence[Tensor]) -> int:
    return weights[-1].size(0) if weights else 1
