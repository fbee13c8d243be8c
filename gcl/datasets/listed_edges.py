r"""Turning listed edges into an ``edge_index``.

Legend: M listed edges.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import coalesce


def edge_data(edge_index: Tensor, weight: Tensor | None, num_nodes: int, directed: bool) -> Data:
    r"""A graph from listed edges, each of which counts once however often it is listed.

    Undirected edges are stored in both directions, a self loop once.

    Args:
        edge_index: edges as listed.
        weight: their weights.
        num_nodes: number of nodes.
        directed: whether a line stands for one direction only.

    Shapes:
        edge_index [2, M], weight [M].

    Raises:
        ValueError: if an edge is listed again with another weight.
    """
    if not directed:
        edge_index = torch.cat([edge_index, edge_index.flip(0)], dim=1)
        weight = None if weight is None else weight.repeat(2)
    if weight is None:
        return Data(edge_index=coalesce(edge_index, num_nodes=num_nodes), num_nodes=num_nodes)
    merged, low = coalesce(edge_index, weight, num_nodes=num_nodes, reduce="min")
    _, high = coalesce(edge_index, weight, num_nodes=num_nodes, reduce="max")
    if not torch.equal(low, high):
        at = int((low != high).nonzero()[0])
        u, v = merged[:, at].tolist()
        raise ValueError(
            f"edge {u}-{v} is listed with several weights, {low[at].item()} and {high[at].item()}"
        )
    return Data(edge_index=merged, edge_weight=low, num_nodes=num_nodes)
