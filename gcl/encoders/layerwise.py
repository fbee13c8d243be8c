r"""Encoding a large graph layer by layer, a block of nodes at a time.

Legend: N nodes, M edges, D width of a layer.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.nn.norm import BatchNorm

from gcl.checks import check_int, describe
from gcl.encoders.base import StackedEncoder
from gcl.functional.low_rank import LowRank

# Statistics of these are fixed in evaluation mode, so that rows do not depend on each other.
_ROW_BY_ROW = (nn.Identity, BatchNorm)


@torch.no_grad()
def encode_layerwise(encoder: nn.Module, data: Data, *, block_size: int = 2**16) -> Tensor:
    r"""Encode the nodes of a graph layer by layer, with the memory of a block beside two layers.

    The result is that of :func:`~gcl.encoders.encode` in evaluation mode: every node sees all of
    its neighbours. A block holds the edges into a range of nodes; of each layer only its input and
    its output are kept whole. Features may be memory-mapped (``torch.from_numpy(np.load(path,
    mmap_mode="r+"))``), of which a block reads its own part.

    Args:
        encoder: GCN, SAGE, GIN, MLP or another :class:`~gcl.encoders.base.StackedEncoder`, in
            evaluation mode.
        data: a graph with x, edge_index and, if the encoder reads them, edge_weight.
        block_size: nodes and edges of a block, 1 or more. A node with more edges is a block alone.

    Shapes:
        graph of N nodes -> [N, D]

    Raises:
        TypeError: for an encoder without layers of this kind, or an adjacency of low rank.
        ValueError: for an encoder in training mode, or a graph without features or edges.

    Cost:
        The time of one forward pass. Memory for x and the edges, sorted; for 2 N D numbers, or
        3 N D where a graph convolution gets narrower; and for a block, whose messages SAGE and GIN
        store.

    Example:
        >>> from gcl.encoders import GCN
        >>> data = Data(x=torch.rand(3, 8), edge_index=torch.tensor([[0, 1], [1, 2]]))
        >>> encode_layerwise(GCN(8, 16, 4).eval(), data, block_size=2).shape
        torch.Size([3, 4])
    """
    check_int(block_size, "block_size", minimum=1)
    stack, x = _stack(encoder), _features(encoder, data)
    stack.check_input(x)
    graph = stack.prepare_rows(x, data.edge_index, data.get("edge_weight"))
    for i, layer in enumerate(stack.layers):
        x = _layer(stack, i, layer, x, graph, block_size)
    return x


def _layer(
    encoder: StackedEncoder, i: int, layer: nn.Module, x: Tensor, graph: Any, block_size: int
) -> Tensor:
    r"""The output of layer i, [N, D]."""
    norm = encoder.norms[i] if i < len(encoder.norms) else None
    by_row = norm is None or isinstance(norm, _ROW_BY_ROW)
    start = encoder.row_starts(graph)
    source = encoder.before_rows(layer, x, _blocks(start, len(x), block_size))
    whole = None
    for rows in _blocks(start, len(x), block_size):
        out = encoder.apply_rows(layer, source, graph, rows)
        if by_row:  # x is read where it is added, and only dense features can be
            out = encoder.finish(i, x[rows] if encoder.skip else out, out)
        whole = out.new_empty(len(x), out.size(1)) if whole is None else whole
        whole[rows] = out
    if whole is None:  # no nodes
        return encoder.finish(i, x, encoder.apply_rows(layer, source, graph, slice(0, 0)))
    return whole if by_row else encoder.finish(i, x, whole)


def _blocks(start: Tensor | None, num_rows: int, block_size: int) -> Iterator[slice]:
    r"""Ranges of rows that hold at most ``block_size`` rows and entries, but one row at least."""
    if start is None:
        yield from (slice(a, min(a + block_size, num_rows)) for a in range(0, num_rows, block_size))
        return
    load = start.long() + torch.arange(num_rows + 1, device=start.device)
    first = 0
    while first < num_rows:
        last = int(torch.searchsorted(load, load[first] + block_size, right=True)) - 1
        last = max(last, first + 1)
        yield slice(first, last)
        first = last


def _stack(encoder: nn.Module) -> StackedEncoder:
    if not isinstance(encoder, StackedEncoder):
        raise TypeError(
            f"encoder must be one of GCN, SAGE, GIN, MLP to be taken layer by layer, "
            f"got {describe(encoder)}"
        )
    if encoder.training:
        raise ValueError("encoder must be in evaluation mode: call encoder.eval() before")
    return encoder


def _features(encoder: nn.Module, data: Data) -> Tensor:
    if isinstance(data.get("adj_t"), LowRank):
        raise TypeError("data must have edges: an adjacency of low rank has no blocks of rows")
    for name in ("x", "edge_index"):
        if data.get(name) is None:
            raise ValueError(f"data must have {name!r}, got {data}")
    dense = getattr(encoder, "skip", False) and data.x.layout != torch.strided
    return data.x.to_dense() if dense else data.x
