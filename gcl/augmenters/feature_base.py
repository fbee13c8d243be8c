r"""What the feature augmenters share: the loop over node types."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gcl.augmenters.base import Augmenter, check_node_types, feature_stores
from gcl.functional.draws import check_generator


class FeatureAugmenter(Augmenter):
    r"""Changes ``x`` of a graph, or of the chosen node types of a ``HeteroData``."""

    def __init__(
        self, *, node_types: Sequence[str] | None, generator: torch.Generator | None
    ) -> None:
        self.node_types = check_node_types(node_types)
        self.generator = check_generator(generator)

    def augment(self, data: Any) -> None:
        r"""Replace ``x`` of each chosen node type."""
        for store in feature_stores(data, self.node_types):
            store["x"] = self.change(store["x"], store.get("batch"))

    @abstractmethod
    def change(self, x: Tensor, batch: Tensor | None) -> Tensor:
        r"""The new features of one node type; ``batch`` tells the graph of each node, if known."""
