r"""An order of the nodes in which neighbours stand close together.

Legend: N nodes, M edges.
"""

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee
from torch import Tensor

from gcl.checks import check_edge_index, check_int, describe
from gcl.functional.edges import plain


def locality_order(edge_index: Tensor, num_nodes: int) -> Tensor:
    r"""Order the nodes so that neighbours stand close together (reverse Cuthill-McKee).

    Propagation reads the rows of neighbours; close together they are found in the cache. This pays
    on graphs whose features exceed the cache and whose edges are local, as between near points; on
    random graphs it gains nothing. :class:`~gcl.encoders.GCN` takes the order and undoes it on its
    output. For many steps on one graph, ``data.subgraph(order)`` applies it to a PyG graph, and
    ``h[order.argsort()]`` undoes it on the embeddings.

    Args:
        edge_index: edges; their direction is not read.
        num_nodes: number of nodes N.

    Shapes:
        edge_index [2, M] -> [N], the old number of the node in each place

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range.

    Cost: O(M log M) on the CPU.

    Example:
        >>> locality_order(torch.tensor([[0, 0, 2], [3, 2, 1]]), 4)
        tensor([3, 0, 2, 1])
    """
    check_int(num_nodes, "num_nodes")
    source, target = check_edge_index(plain(edge_index), num_nodes).cpu().numpy()
    ends = np.concatenate([source, target]), np.concatenate([target, source])
    matrix = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), (num_nodes, num_nodes))
    order = np.zeros(0)  # SciPy refuses a matrix without rows
    if num_nodes:
        order = reverse_cuthill_mckee(matrix.tocsr(), symmetric_mode=True)
    return torch.from_numpy(order.astype(np.int64)).to(edge_index.device)


def check_order(order: Tensor, num_nodes: int) -> Tensor:
    r"""Raise unless ``order`` is a permutation of the nodes."""
    if not isinstance(order, Tensor) or order.dtype != torch.int64:
        raise TypeError(f"order must be an int64 tensor [{num_nodes}], got {describe(order)}")
    nodes = torch.arange(num_nodes, device=order.device)
    if order.shape != (num_nodes,) or not torch.equal(order.sort().values, nodes):
        raise ValueError(
            f"order must hold each of the nodes 0 to {num_nodes - 1} once, got {describe(order)}"
        )
    return order
