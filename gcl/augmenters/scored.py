r"""What the augmenters share that drop by a score of the graph: probabilities found once for each.

Legend: N nodes, M edges, F features.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.augmenters.base import Augmenter, edge_stores, feature_stores
from gcl.augmenters.per_graph import PerGraph
from gcl.augmenters.selection import select_edges
from gcl.checks import check_flag, check_probability
from gcl.functional.draws import check_generator
from gcl.functional.edges import drop_edges, plain
from gcl.functional.features import mask_features


class Scored(Augmenter):
    r"""Draws with probabilities that depend on its options and on the graph."""

    accepts = (Data,)
    probability: Callable[..., Tensor]

    def __init__(self, p: float, max_p: float, generator: torch.Generator | None) -> None:
        self.p = check_probability(p)
        self.max_p = check_probability(max_p, "max_p")
        self.generator = check_generator(generator)
        self._probability: PerGraph[Tensor] = PerGraph(_ask, size=0)

    def context(self, data: Data) -> tuple[Tensor, ...]:
        r"""What else ``probability`` reads of the graph; nothing here."""
        return ()

    def tensors(self) -> tuple[Tensor, ...]:
        r"""Tensors among the options, which may be written to; none here."""
        return ()

    def find(self, *graph: Tensor | int | None) -> Tensor:
        r"""What ``probability`` says of a graph, asked once for the one seen last."""
        hidden = ("_probability", "generator")
        options = {k: v for k, v in vars(self).items() if k not in hidden}
        return self._probability(self.probability, options, len(graph), *graph, *self.tensors())


class ScoredEdgeDrop(Scored):
    r"""Drops every edge with a probability of its own, which depends on the graph alone."""

    def __init__(
        self, p: float, *, max_p: float, undirected: bool, generator: torch.Generator | None
    ) -> None:
        super().__init__(p, max_p, generator)
        self.undirected = check_flag(undirected, "undirected")

    @abstractmethod
    def probability(self, edge_index: Tensor, num_nodes: int) -> Tensor:
        r"""Compute the probability of dropping each edge: [2, M] -> [M]."""

    def drop_probability(self, data: Data) -> Tensor:
        r"""Probability of dropping each edge of ``data``: [M]; not to be changed."""
        edge_stores(data, None)
        return self.find(plain(data.edge_index), data.num_nodes, *self.context(data))

    def augment(self, data: Any) -> None:
        r"""Thin out the edges."""
        (store,) = edge_stores(data, None)
        edge_index, mask = drop_edges(
            store["edge_index"],
            self.drop_probability(data),
            undirected=self.undirected,
            generator=self.generator,
        )
        select_edges(data, store, mask, edge_index)


class ScoredFeatureMask(Scored):
    r"""Masks every feature column with a probability of its own, which the graph alone gives."""

    def __init__(self, p: float, *, max_p: float, generator: torch.Generator | None) -> None:
        super().__init__(p, max_p, generator)

    @abstractmethod
    def probability(self, x: Tensor, edge_index: Tensor) -> Tensor:
        r"""Compute the probability of masking each column: [N, F], [2, M] -> [F]."""

    def mask_probability(self, data: Data) -> Tensor:
        r"""Probability of masking each column of ``data.x``: [F]; not to be changed."""
        edge_stores(data, None)
        feature_stores(data, None)
        return self.find(data.x, plain(data.edge_index), *self.context(data))

    def augment(self, data: Any) -> None:
        r"""Mask columns of ``x``."""
        p = self.mask_probability(data)
        data.x = mask_features(data.x, p, generator=self.generator)[0]


def _ask(
    probability: Callable[..., Tensor], options: dict[str, Any], count: int, *content: Any
) -> Tensor:
    return probability(*content[:count])  # which reads the options, and their tensors, itself
