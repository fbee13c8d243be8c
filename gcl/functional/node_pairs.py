r"""A numbering of node pairs: what turns "an edge that does not exist yet" into a number.

All admissible pairs (u, v) of all graphs are numbered consecutively, graph by graph and source by
source: code = row_start[u] + rank of v among the partners of u. Nothing N x N is stored.

Legend: N nodes, M edges, G graphs, K codes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, describe


@dataclass
class NodePairs:
    r"""The numbering for one graph or a batch of graphs; self loops have no number."""

    graph: Tensor  # [N] graph of each source
    target_ptr: Tensor  # [G + 1] first target of each graph
    row_start: Tensor  # [N + 1] first code of each source
    bounds: Tensor  # [G + 1] first code of each graph
    kind: str  # "bipartite": any v; "directed": v != u; "undirected": v > u

    @classmethod
    def build(
        cls,
        edge_index: Tensor,
        num_nodes: int | tuple[int, int],
        *,
        batch: Tensor | tuple[Tensor, Tensor] | None,
        undirected: bool,
    ) -> "NodePairs":
        r"""Check the graph, and lay out its numbering."""
        bipartite = isinstance(num_nodes, tuple)
        if bipartite and undirected:
            raise ValueError("undirected must be False for a bipartite graph, got True")
        sizes = num_nodes if isinstance(num_nodes, tuple) else (num_nodes, num_nodes)
        _check_ends(edge_index, sizes)
        batches = batch if isinstance(batch, tuple) else (batch, batch)
        graphs = [_graph_of(b, n, edge_index.device) for b, n in zip(batches, sizes, strict=True)]
        if bool((graphs[0][edge_index[0]] != graphs[1][edge_index[1]]).any()):
            raise ValueError("edge_index must not join different graphs of batch")
        count = max(int(g[-1]) + 1 if len(g) else 0 for g in graphs)
        source_ptr, target_ptr = (_offsets(torch.bincount(g, minlength=count)) for g in graphs)
        width = target_ptr.diff()[graphs[0]]
        if not bipartite:
            width = width - 1
        if undirected:
            width = target_ptr[graphs[0] + 1] - 1 - torch.arange(sizes[0], device=width.device)
        row_start = _offsets(width)
        kind = "bipartite" if bipartite else "undirected" if undirected else "directed"
        return cls(graphs[0], target_ptr, row_start, row_start[source_ptr], kind)

    def encode(self, edge_index: Tensor) -> Tensor:
        r"""Codes of all edges that are no self loops."""
        u, v = edge_index.long().unbind(0)
        if self.kind != "bipartite":
            u, v = u[u != v], v[u != v]
        if self.kind == "undirected":
            u, v = torch.minimum(u, v), torch.maximum(u, v)
            return self.row_start[u] + v - u - 1
        rank = v - self.target_ptr[self.graph[u]]
        return self.row_start[u] + rank - ((v > u).long() if self.kind == "directed" else 0)

    def decode(self, code: Tensor) -> Tensor:
        r"""Pairs [2, K] of the given codes."""
        u = torch.searchsorted(self.row_start, code, right=True) - 1
        rank = code - self.row_start[u]
        if self.kind == "undirected":
            return torch.stack([u, u + 1 + rank])
        v = rank + self.target_ptr[self.graph[u]]
        return torch.stack([u, v + (v >= u).long() if self.kind == "directed" else v])


def _check_ends(edge_index: Tensor, sizes: tuple[int, int]) -> None:
    for size in sizes:
        check_int(size, "num_nodes")
    check_edge_index(edge_index, max(sizes))
    for row, size, end in zip(edge_index, sizes, ("sources", "targets"), strict=True):
        if row.numel() and int(row.max()) >= size:
            raise ValueError(f"edge_index must have {end} in [0, {size}); got {int(row.max())}")


def _graph_of(batch: Tensor | None, size: int, device: torch.device) -> Tensor:
    if batch is None:
        return torch.zeros(size, dtype=torch.long, device=device)
    if not isinstance(batch, Tensor) or batch.shape != (size,):
        raise ValueError(f"batch must have shape [{size}], got {describe(batch)}")
    if size and (bool((batch.diff() < 0).any()) or int(batch[0]) < 0):
        raise ValueError("batch must be 0 or above and in ascending order")
    return batch


def _offsets(sizes: Tensor) -> Tensor:
    r"""Running sums with a leading zero: [n] -> [n + 1]."""
    return torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
