r"""The edges of a graph listed by their target.

Legend: N nodes, M edges.
"""

from dataclasses import dataclass

from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_edge_index, describe
from gcl.functional.csr import sort_entries
from gcl.functional.edges import plain


@dataclass(frozen=True, eq=False)
class Incoming:
    r"""The edges into each node.

    Args:
        start: place of the first edge into each node, and M.
        source: where each edge comes from.
        e_id: the edge's column in ``edge_index``.

    Shapes:
        start [N + 1], source [M], e_id [M]
    """

    start: Tensor
    source: Tensor
    e_id: Tensor


def incoming(data: Data) -> Incoming:
    r"""List the edges of a graph by their target, those of one target in their old order.

    Raises:
        TypeError, ValueError: unless ``data`` is a ``Data`` with nodes and edges within range.

    Cost: one sort of M integers.
    """
    check_graph(data)
    source, target = plain(data.edge_index)
    pattern, order = sort_entries(target, source, (data.num_nodes, data.num_nodes))
    return Incoming(pattern.start, pattern.column, order)


def check_graph(data: Data) -> Data:
    r"""Raise unless ``data`` is a homogeneous graph with nodes and an ``edge_index`` in range."""
    if not isinstance(data, Data):
        raise TypeError(f"data must be a torch_geometric Data, got {describe(data)}")
    if data.get("edge_index") is None:
        raise ValueError(f"data must have an edge_index, got {data}")
    if not data.num_nodes:
        raise ValueError(f"data must have at least one node, got {data}")
    twice = [key for key in ("adj_t", "adj") if key in data]
    if twice:
        raise ValueError(f"data must not have {twice[0]}: it would not follow the batch")
    check_edge_index(plain(data.edge_index), data.num_nodes)
    return data
