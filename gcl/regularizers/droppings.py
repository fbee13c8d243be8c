r"""What the views of a step kept of the graph's edges, and what they might have kept.

Legend: N nodes, M edges.
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch_geometric.transforms import BaseTransform

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import describe
from gcl.functional.compactness import Dropping
from gcl.functional.csr import Pattern
from gcl.functional.dropped_edges import adjacency_bounds, most_lost
from gcl.functional.edges import plain
from gcl.functional.propagate import gcn_adjacency, looped_adjacency
from gcl.regularizers.drop_rates import drop_probability


class Droppings:
    r"""The normalised adjacencies of views, each with its bounds over all admissible droppings.

    The edges are sorted once for each content of the graph.

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
        self._pattern: PerGraph[Pattern] = PerGraph(_pattern)

    def __call__(
        self, graph: Any, views: Sequence[Any], augmenters: Sequence[BaseTransform]
    ) -> list[Dropping]:
        r"""Describe the views of a graph.

        Raises:
            TypeError: for a transform that does not just drop edges.
            ValueError: for a graph or a view with edge weights.
        """
        for store in (graph, *views):
            if store.get("edge_weight") is not None:
                raise ValueError(
                    "data must have no edge_weight for bounds, which hold for edges of weight 1; "
                    f"got {describe(store.edge_weight)}"
                )
        probabilities = [drop_probability(augment, graph) for augment in augmenters]
        num_nodes, dtype = len(graph.x), graph.x.dtype
        pattern = self._pattern(plain(graph.edge_index), num_nodes)
        clean = adjacency_bounds(pattern, pattern.start.new_zeros(num_nodes), dtype).upper
        return [
            Dropping(
                gcn_adjacency(view.edge_index, num_nodes, dtype=dtype),
                adjacency_bounds(pattern, most_lost(graph.edge_index, p, num_nodes), dtype),
                clean,
            )
            for view, p in zip(views, probabilities, strict=True)
        ]


def _pattern(edge_index: Tensor, num_nodes: int) -> Pattern:
    return looped_adjacency(edge_index, num_nodes)[0]
