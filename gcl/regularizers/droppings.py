r"""What the views of a step kept of the graph's edges, and what they might have kept.

Legend: N nodes, M edges.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.transforms import BaseTransform

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import describe
from gcl.functional.compactness import Dropping
from gcl.functional.csr import SparseMatrix
from gcl.functional.dropped_edges import adjacency_bounds, most_lost
from gcl.functional.edges import plain
from gcl.functional.propagate import gcn_adjacency
from gcl.regularizers.drop_rates import drop_probability


class Droppings:
    r"""The normalised adjacencies of views, each with its bounds over all admissible droppings.

    The adjacency without dropping is formed once for each content of the graph.

    Example:
        >>> from gcl.augmenters import EdgeDrop
        >>> graph = Data(x=torch.ones(2, 1), edge_index=torch.tensor([[0, 1], [1, 0]]))
        >>> (dropping,) = Droppings()(graph, [graph], [EdgeDrop(0.5)])
        >>> dropping.view @ graph.x
        tensor([[1.0000],
                [1.0000]])

    Cost: O(N + M) a view, and one sort of M integers.
    """

    def __init__(self) -> None:
        self._clean: PerGraph[SparseMatrix] = PerGraph(_adjacency)
        self._size = torch.empty(0, 0)  # kept, so that the graph is recognised with it

    def __call__(
        self, graph: Any, views: Sequence[Any], augmenters: Sequence[BaseTransform]
    ) -> list[Dropping]:
        r"""Describe the views of a graph.

        Raises:
            TypeError: for a transform that does not just drop edges.
            ValueError: for a graph with edge weights.
        """
        if graph.get("edge_weight") is not None:
            raise ValueError(
                "data must have no edge_weight for bounds, which hold for edges of weight 1; "
                f"got {describe(graph.edge_weight)}"
            )
        probabilities = [drop_probability(augment, graph) for augment in augmenters]
        clean = self._clean_of(graph)
        num_nodes, dtype = clean.pattern.shape[0], clean.value.dtype
        return [
            Dropping(
                gcn_adjacency(view.edge_index, num_nodes, dtype=dtype),
                adjacency_bounds(clean, most_lost(graph.edge_index, p, num_nodes)),
                clean,
            )
            for view, p in zip(views, probabilities, strict=True)
        ]

    def _clean_of(self, graph: Any) -> SparseMatrix:
        x = graph.x
        if len(self._size) != len(x) or self._size.dtype != x.dtype:
            self._size = torch.empty(len(x), 0, dtype=x.dtype)
        return self._clean(plain(graph.edge_index), self._size)


def _adjacency(edge_index: Tensor, size: Tensor) -> SparseMatrix:
    return gcn_adjacency(edge_index, len(size), dtype=size.dtype)
