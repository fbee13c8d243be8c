r"""Random removal of edges."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gcl.augmenters.base import Augmenter, EdgeType, check_edge_types, edge_stores
from gcl.augmenters.selection import select_edges
from gcl.checks import check_flag, check_probability
from gcl.functional.draws import check_generator
from gcl.functional.edges import drop_edges


class EdgeDrop(Augmenter):
    r"""Drop every edge independently with probability ``p``, with all its attributes.

    The edge removal of `GRACE <https://arxiv.org/abs/2006.04131>`_, which draws the two directions
    of an undirected edge independently. Functional twin:
    :func:`gcl.functional.drop_edges`.

    Args:
        p: Probability in [0, 1] of dropping an edge. Default 0.5.
        undirected: Draw once for all entries that join the same two nodes, in either direction
            and any order; not for edge types between two node types. Default False.
        edge_types: Edge types of a ``HeteroData`` to thin out, as a list of triples. Default: all.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for ``p`` outside [0, 1], an unknown edge type, data without ``edge_index`` or
            with an ``adj_t``, or an attribute that may belong to nodes or to edges.

    Example:
        >>> data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> EdgeDrop(p=1.0)(data).num_edges
        0

    Cost: O(M); one sort of M numbers more with ``undirected=True``.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        undirected: bool = False,
        edge_types: Sequence[EdgeType] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        self.p = check_probability(p)
        self.undirected = check_flag(undirected, "undirected")
        self.edge_types = check_edge_types(edge_types)
        self.generator = check_generator(generator)

    def drop_probability(self, data: Any) -> float | Tensor:
        r"""Probability of dropping each edge of ``data``: a number, or [M]."""
        return self.p

    def augment(self, data: Any) -> None:
        r"""Thin out the chosen edge types."""
        for store in edge_stores(data, self.edge_types, square=self.undirected):
            edge_index, mask = drop_edges(
                store["edge_index"], self.p, undirected=self.undirected, generator=self.generator
            )
            select_edges(data, store, mask, edge_index)
