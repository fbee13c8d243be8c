r"""What the methods share that contrast two augmented views of a graph.

Legend: N nodes, K nodes that are contrasted, D embedding width, P projection width.
"""

from collections.abc import Callable, Sequence
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
        augmenters: the transforms that drew the views.
    """

    graph: Data
    views: tuple[Data, Data]
    embeddings: tuple[Tensor, Tensor]
    rows: Aligned
    augmenters: tuple[BaseTransform, BaseTransform]


class TwoView(Method):
    r"""Base of the methods that draw two views, encode both, and contrast their embeddings.

    Subclasses implement :meth:`contrast`. A ``loss`` of theirs that has a method ``observe(batch,
    rows)``, as :class:`~gcl.losses.PamC` has, is shown the graph before it is called.

    Args:
        encoder: module called as ``encoder(x, edge_index)``, shared by the views.
        augmenters: one transform for each view. They may remove nodes: the nodes that both views
            keep are contrasted.
        projector: maps embeddings [K, D] to what is contrasted [K, P]; themselves if None.
        pot: regulariser called as ``pot(loss, method, drawn)``, which returns the loss to be
            minimised; none if None.
    """

    def __init__(
        self,
        encoder: nn.Module,
        augmenters: Sequence[BaseTransform],
        projector: nn.Module | None = None,
        *,
        pot: nn.Module | None = None,
    ) -> None:
        super().__init__(encoder)
        self.augmenters = augmenter_pair(augmenters)
        self.projector = projector
        self.pot = pot

    def draw(self, batch: Data) -> Drawn:
        r"""Draw two views of the graph and encode them."""
        check_graph(batch)
        graph = with_sparse_features(batch, self.encoder, self.augmenters)
        view1, view2 = (augment(graph) for augment in self.augmenters)
        rows = aligned_rows(batch, view1, view2)
        h1, h2 = (encode(self.encoder, view) for view in (view1, view2))
        return Drawn(graph, (view1, view2), (h1, h2), rows, self.augmenters)

    def head(self, h: Tensor) -> Tensor:
        r"""What is contrasted of embeddings [K, D]: their projection [K, P], if there is one."""
        return h if self.projector is None else self.projector(h)

    def project(self, batch: Data) -> tuple[Tensor, Tensor]:
        r"""Draw two views and return what is contrasted of either, of the same nodes: [K, P] each.

        With :meth:`contrast` it is a step in two parts: rows of several batches can be contrasted
        together (``accumulate`` of :func:`gcl.training.fit`), unless :attr:`bound_to_batch` says
        why not.
        """
        return self.heads(self.draw(batch))

    def heads(self, drawn: Drawn) -> tuple[Tensor, Tensor]:
        r"""What is contrasted of the views that were drawn: [K, P] each."""
        (h1, h2), rows = drawn.embeddings, drawn.rows
        return self.head(h1[rows.view1]), self.head(h2[rows.view2])

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of what :meth:`project` gives, of one batch or of several together.

        Shapes:
            z1 and z2 [K, P] -> scalar
        """
        raise NotImplementedError

    def contrast_in(self, z1: Tensor, z2: Tensor, batch: Data, rows: Rows) -> Tensor:
        r"""Return the loss of one batch, for a loss that may look at the graph.

        Args:
            z1: what is contrasted of the first view.
            z2: that of the second view, of the same nodes in the same order.
            batch: the graph that the views were drawn from.
            rows: for each pair, the row of its node in ``batch``.

        Shapes:
            z1 and z2 [K, P], rows [K] or a slice -> scalar
        """
        observe = self._observe()
        if observe is not None:
            observe(batch, rows)
        return self.contrast(z1, z2)

    @property
    def bound_to_batch(self) -> str | None:
        r"""Why the loss needs the graph of one batch; None if it does not."""
        if self.pot is not None:
            return "its regulariser scores the views of one graph"
        if self._observe() is not None or type(self).contrast_in is not TwoView.contrast_in:
            return "its loss looks at the graph of a batch"
        return None

    def _observe(self) -> Callable[[Data, Rows], None] | None:
        return getattr(getattr(self, "loss", None), "observe", None)

    def step(self, batch: Data) -> Tensor:
        r"""Draw two views of the graph and return their loss."""
        drawn = self.draw(batch)
        loss = self.contrast_in(*self.heads(drawn), batch, drawn.rows.graph)
        return loss if self.pot is None else self.pot(loss, self, drawn)
