r"""Parts of a graph that are contiguous in the order of its nodes.

Legend: N nodes, W windows, S nodes of a window.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.functional.edges import plain
from gcl.functional.sparse_features import take_rows


def take_windows(graph: Data, starts: Sequence[int], size: int) -> Data:
    r"""One graph of W parts, each the subgraph on the nodes from a start on; parts may share nodes.

    Args:
        graph: features ``x``, dense or CSR, ``edge_index`` and, if it has one, ``edge_weight``.
        starts: first node of each window.
        size: nodes S of a window.

    Returns:
        The parts without edges between them, ``batch`` [W S] telling them apart.

    Cost: O(W M).
    """
    device = graph.edge_index.device
    first = torch.tensor(starts, device=device)
    rows = (first[:, None] + torch.arange(size, device=device)).view(-1)
    parts = [_window(graph, start, size) for start in starts]
    edges = [edge_index + i * size for i, (edge_index, _) in enumerate(parts)]
    batch = torch.arange(len(starts), device=device).repeat_interleave(size)
    union = Data(take_rows(graph.x, rows), torch.cat(edges, dim=1), batch=batch)
    weights = [weight for _, weight in parts if weight is not None]
    if weights:
        union.edge_weight = torch.cat(weights)
    return union


def _window(graph: Data, start: int, size: int) -> tuple[Tensor, Tensor | None]:
    place = plain(graph.edge_index) - start
    inside = ((place >= 0) & (place < size)).all(0)
    weight = graph.get("edge_weight")
    return place[:, inside], None if weight is None else weight[inside]


def draw_starts(num_nodes: int, size: int, count: int, device: torch.device) -> list[int]:
    r"""Uniformly random starts of ``count`` windows that fit into the graph."""
    return torch.randint(num_nodes - size + 1, (count,), device=device).tolist()
