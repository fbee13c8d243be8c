r"""The edges of a graph listed by their target, and parts of the graph cut out by them.

Legend: N nodes, M edges, K nodes of a part, E edges of a part.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
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


def cut(data: Data, nodes: Tensor, edge_index: Tensor, e_id: Tensor) -> Data:
    r"""The part of a graph with these nodes and edges, and all their attributes.

    Which attributes have an entry per node or per edge is decided as in PyG, by their length; all
    others are kept as they are.

    Args:
        data: the graph, which stays as it is.
        nodes: old number of each node of the part.
        edge_index: the part's edges, in its own numbers.
        e_id: old column of each edge.

    Shapes:
        nodes [K], edge_index [2, E], e_id [E]
    """
    part = copy.copy(data)
    for key, value in data.items():
        if key in ("edge_index", "num_nodes"):
            continue
        if data.is_node_attr(key):
            part[key] = _take(data, key, value, nodes)
        elif data.is_edge_attr(key):
            part[key] = _take(data, key, value, e_id)
    part.edge_index, part.n_id, part.e_id = edge_index, nodes, e_id
    if "num_nodes" in data:
        part.num_nodes = len(nodes)
    return part


def _take(data: Data, key: str, value: object, index: Tensor) -> object:
    dim = data.__cat_dim__(key, value)
    if isinstance(value, Tensor):
        return value.index_select(dim, index.to(value.device))
    if isinstance(value, np.ndarray):
        return value.take(index.cpu().numpy(), axis=dim)
    return [value[i] for i in index.tolist()]  # type: ignore[index]


class Numbering:
    r"""Gives the nodes of one part after another their numbers within it.

    Args:
        num_nodes: number of nodes N of the graph.
        device: of the node numbers.

    Cost: N integers, kept between parts; a part of K nodes costs O(K).
    """

    def __init__(self, num_nodes: int, device: torch.device) -> None:
        self.place = torch.full((num_nodes,), -1, device=device)

    def add(self, nodes: Tensor, known: int) -> Tensor:
        r"""Number the nodes not numbered yet from ``known`` on, by first appearance; return them.

        Shapes:
            nodes [E], perhaps with repetitions -> [K]
        """
        unseen = nodes[self.place[nodes] < 0].long()
        turn = torch.arange(len(unseen), device=nodes.device)
        self.place.scatter_reduce_(0, unseen, turn, "amin", include_self=False)
        fresh = unseen[self.place[unseen] == turn]
        self.place[fresh] = torch.arange(known, known + len(fresh), device=nodes.device)
        return fresh

    def clear(self, nodes: Tensor) -> None:
        r"""Forget the numbers of these nodes."""
        self.place[nodes] = -1
