r"""Parts of a graph with all attributes of their nodes and edges.

Legend: K nodes of a part, E edges of a part.
"""

import copy

import numpy as np
from torch import Tensor
from torch_geometric.data import Data


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
