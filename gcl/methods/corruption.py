r"""A graph beside its corruption, which permutes the features over the nodes.

Legend: N nodes, G graphs.
"""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.functional import shuffle_rows
from gcl.functional.edges import plain
from gcl.functional.sparse_features import take_rows


def draw_order(num_nodes: int, device: torch.device, batch: Tensor | None = None) -> Tensor:
    r"""A random order of the nodes, within each graph if ``batch`` tells them apart: [N]."""
    return shuffle_rows(torch.empty(num_nodes, 0, device=device), batch=batch)[1]


def beside_corruption(graph: Data, order: Tensor) -> Data:
    r"""One graph of 2N nodes: the given one, and the same edges with features in another order.

    A normalisation layer cannot tell the two apart by their statistics, since it sees both at
    once. Features may be dense or CSR; of the attributes of edges, ``edge_weight`` is kept.
    """
    own = torch.arange(len(order), device=order.device)
    edge_index = plain(graph.edge_index)
    union = Data(
        x=take_rows(graph.x, torch.cat([own, order])),
        edge_index=torch.cat([edge_index, edge_index + len(order)], dim=1),
    )
    if graph.get("edge_weight") is not None:
        union.edge_weight = graph.edge_weight.repeat(2)
    return union
