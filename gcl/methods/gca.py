r"""GCA: graph contrastive learning with adaptive augmentation.

Legend: N nodes, F features, D embedding width, P projection width.
"""

from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl.encoders import ProjectionHead, build_encoder
from gcl.losses import NTXent
from gcl.methods.two_view import TwoView
from gcl.methods.views import drop_and_mask, refuse_beside_augmenters, sparing_view


class GCA(TwoView):
    r"""Contrast every node with all others across two views that spare what is central (`Zhu et
    al. 2021 <https://arxiv.org/abs/2010.14945>`_).

    GRACE with adaptive corruption: edges and feature columns of little centrality are dropped more
    often (:class:`~gcl.augmenters.AdaptiveEdgeDrop`, :class:`~gcl.augmenters.AdaptiveFeatureMask`).
    All probabilities are computed once for a graph. Features are expected row-normalised (PyG's
    ``NormalizeFeatures``), as in the authors' code. The defaults are the authors' for Photo, but
    for the projector, which is as wide as the embeddings (theirs: 64).

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 256 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"relu"`` if None.
        projection_channels: hidden width P of the projector; D if None.
        edge_drop: mean probability of dropping an edge in view 1 and view 2, before the cap of 0.7.
        feature_mask: mean probability of masking a feature column in view 1 and view 2, before the
            cap of 0.7.
        centrality: ``"degree"``, ``"eigenvector"`` or ``"pagerank"``.
        binary_features: count the nodes that use a column; False adds the size of their entries,
            for dense features.
        augmenters: two transforms that make the views instead of the options above, which must
            then be left alone. They may remove nodes: the nodes that both views keep are
            contrasted.
        temperature: :math:`\tau` > 0 of the loss.
        precision: ``"highest"``, or ``"bf16"`` for the loss's products in bfloat16.
        pot: regulariser of the step, none if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for the loss, beside the encoder's.

    Example:
        >>> method = GCA(in_channels=8, out_channels=16)
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
        centrality: str = "degree",
        binary_features: bool = True,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        temperature: float = 0.3,
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
        module, width = build_encoder(
            encoder, sizes, {"out_channels": 256, "num_layers": 2, "activation": "relu"}
        )
        if augmenters is not None:
            _refuse_beside(centrality, binary_features)
        make_view = sparing_view(centrality, binary_features)
        defaults = ((0.3, 0.5), (0.1, 0.1))
        views = drop_and_mask(edge_drop, feature_mask, augmenters, defaults, make_view)
        super().__init__(module, views, ProjectionHead(width, projection_channels), pot=pot)
        self.loss = NTXent(temperature, precision=precision, gather=True)

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Contrast every node with all others of both views."""
        return self.loss(z1, z2)


def _refuse_beside(centrality: str, binary_features: bool) -> None:
    refuse_beside_augmenters(
        centrality=None if centrality == "degree" else centrality,
        binary_features=None if binary_features is True else binary_features,
    )
