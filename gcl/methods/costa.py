r"""COSTA: contrast random sketches of the embeddings.

Legend: N nodes, F features, D embedding width, P projection width, K rows of a sketch.
"""

from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gcl.checks import check_flag
from gcl.encoders import ProjectionHead, build_encoder, encode
from gcl.losses import InfoNCE, NTXent
from gcl.methods.base import check_graph
from gcl.methods.feature_sketch import FeatureSketch
from gcl.methods.sparse import with_sparse_features
from gcl.methods.two_view import Drawn, TwoView
from gcl.methods.views import aligned_rows, drop_and_mask


class COSTA(TwoView):
    r"""Contrast random mixtures of nodes across two views, which keep the embeddings' covariance
    (`Zhang et al. 2022 <https://arxiv.org/abs/2206.04726>`_).

    Both views are encoded, and the rows of both embeddings are mixed by one Gaussian matrix drawn
    anew at every step: :math:`\tilde h = P h`, :math:`P_{ij} \sim \mathcal N(0, 1 / K)` with K =
    ``ratio`` N, so that :math:`\mathbb E[\tilde h^\top \tilde h] = h^\top h`. After the projector,
    row r of one sketch and row r of the other are a positive pair, and all other rows of the other
    sketch are negatives (:class:`~gcl.losses.InfoNCE`, both directions), as in the authors' code.
    With ``same_view`` the rows of the own sketch are negatives too (:class:`~gcl.losses.NTXent`),
    as in Eq. 3 of the paper, whose sum also holds the constant similarity of a row with itself.

    With ``single_view`` the graph is augmented and encoded once, by the rates of view 1, and two
    sketches of that embedding are contrasted whose matrices have a ``correlation`` below 1.
    Unverified: the authors released no code for one view, and how the paper pairs its sketches
    could not be checked.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``out_channels`` if None.
        out_channels: width D of the embeddings; 256 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"relu"`` if None.
        projection_channels: hidden width P of the projector; D if None.
        edge_drop: probability of dropping an edge in view 1 and view 2.
        feature_mask: probability of masking a feature column in view 1 and view 2.
        augmenters: two transforms that make the views instead of the two rates above, which must
            then be None. They may remove nodes: the nodes that both views keep are mixed.
        temperature: :math:`\tau` > 0 of the loss.
        ratio: rows of a sketch for each node, above 0.
        same_view: count the other rows of the own sketch as negatives.
        single_view: contrast two sketches of one view.
        correlation: of the two matrices of ``single_view``, in [0, 1]; 0.9 if None.
        precision: ``"highest"``, or ``"bf16"`` for the loss's products in bfloat16.
        pot: regulariser of the step; see :class:`~gcl.methods.two_view.TwoView`.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O(K N D) time to sketch and O(K^2 D) for the loss, and O((N + K) D) memory,
        beside the encoder's.

    Example:
        >>> method = COSTA(in_channels=8, out_channels=16)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = Data(x=torch.rand(3, 8), edge_index=edge_index)
        >>> method.step(data).shape, method.embed(data).shape
        (torch.Size([]), torch.Size([3, 16]))
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        *,
        encoder: str | nn.Module = "gcn",
        num_layers: int | None = None,
        activation: str | None = None,
        projection_channels: int | None = None,
        edge_drop: tuple[float, float] | None = None,
        feature_mask: tuple[float, float] | None = None,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        temperature: float = 0.4,
        ratio: float = 0.5,
        same_view: bool = False,
        single_view: bool = False,
        correlation: float | None = None,
        precision: str = "highest",
        pot: nn.Module | None = None,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        width = 256 if out_channels is None else out_channels
        defaults = {"out_channels": width, "num_layers": 2, "activation": "relu"}
        module, width = build_encoder(encoder, sizes, {**defaults, "hidden_channels": width})
        views = drop_and_mask(edge_drop, feature_mask, augmenters, ((0.2, 0.4), (0.3, 0.4)))
        super().__init__(module, views, pot=pot)
        self.single_view = check_flag(single_view, "single_view")
        if correlation is not None and not single_view:
            raise ValueError(f"correlation={correlation} would be ignored without single_view")
        if single_view:
            correlation = 0.9 if correlation is None else correlation
        self.sketch = FeatureSketch(ratio, 1.0 if correlation is None else correlation)
        self.sketch_head = ProjectionHead(width, projection_channels)
        kind = NTXent if check_flag(same_view, "same_view") else InfoNCE
        self.loss = kind(temperature, precision=precision, gather=True)

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Sketch the embeddings of both views alike, project the sketches, contrast their rows."""
        return self.loss(*(self.sketch_head(s) for s in self.sketch(z1, z2)))

    def draw(self, batch: Data) -> Drawn:
        r"""Draw the view or views of the graph and encode them."""
        if not self.single_view:
            return super().draw(batch)
        check_graph(batch)
        graph = with_sparse_features(batch, self.encoder, self.augmenters[:1])
        view = self.augmenters[0](graph)
        rows, h = aligned_rows(batch, view, view), encode(self.encoder, view)
        return Drawn(graph, (view, view), (h, h), rows, (self.augmenters[0],) * 2)
