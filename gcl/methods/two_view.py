r"""What the methods share that contrast two augmented views of a graph.

Legend: N nodes, K nodes that are contrasted, D embedding width.
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gcl.encoders import encode
from gcl.methods.base import Method, check_graph
from gcl.methods.sparse import with_sparse_features
from gcl.methods.views import Aligned, Rows, aligned_rows, augmenter_pair


class Drawn(NamedTuple):
    r"""What one step drew and encoded, for a regulariser.

    Attributes:
        graph: the graph that the views were drawn from.
        views: both views.
        embeddings: encodings of all nodes of each view.
        rows: rows of the contrasted nodes in view 1, view 2 and the graph.
    """

    graph: Data
    views: tuple[Data, Data]
    embeddings: tuple[Tensor, Tensor]
    rows: Aligned


class TwoView(Method):
    r"""Base of the methods that draw two views, encode both, and contrast their embeddings.

    Subclasses implement :meth:`contrast`. A ``loss`` of theirs that has a method
    ``observe(batch, rows)``, as :class:`~gcl.losses.PamC` has, is shown the graph before it is
    called.

    Args:
        encoder: module called as ``encoder(x, edge_index)``, shared by the views.
        augmenters: one transform for each view. They may remove nodes: the nodes that both views
            keep are contrasted.
        pot: regulariser called as ``pot(loss, method, drawn)``, which returns the loss to be
            minimised; none if None.
    """

    def __init__(
        self,
        encoder: nn.Module,
        augmenters: Sequence[BaseTransform],
        *,
        pot: nn.Module | None = None,
    ) -> None:
        super().__init__(encoder)
        self.augmenters = augmenter_pair(augmenters)
        self.pot = pot

    def contrast(self, h1: Tensor, h2: Tensor, batch: Data, rows: Rows) -> Tensor:
        r"""Return the loss of the views' embeddings.

        Args:
            h1: embeddings of the first view.
            h2: embeddings of the second view, of the same nodes in the same order.
            batch: the graph that the views were drawn from.
            rows: for each pair of embeddings, the row of its node in ``batch``.

        Shapes:
            h1 and h2 [K, D], rows [K] or a slice -> scalar
        """
        raise NotImplementedError

    def draw(self, batch: Data) -> Drawn:
        r"""Draw two views of the graph and encode them."""
        check_graph(batch)
        graph = with_sparse_features(batch, self.encoder, self.augmenters)
        view1, view2 = (augment(graph) for augment in self.augmenters)
        rows = aligned_rows(batch, view1, view2)
        h1, h2 = (encode(self.encoder, view) for view in (view1, view2))
        return Drawn(graph, (view1, view2), (h1, h2), rows)

    def step(self, batch: Data) -> Tensor:
        r"""Draw two views of the graph and return their loss."""
        drawn = self.draw(batch)
        (h1, h2), rows = drawn.embeddings, drawn.rows
        observe = getattr(getattr(self, "loss", None), "observe", None)
        if observe is not None:
            observe(batch, rows.graph)
        loss = self.contrast(h1[rows.view1], h2[rows.view2], batch, rows.graph)
        return loss if self.pot is None else self.pot(loss, self, drawn)
