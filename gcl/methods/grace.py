r"""GRACE: deep graph contrastive representation learning.

Legend: N nodes, F features, D embedding width, P projection width.
"""

from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose

from gcl.augmenters import EdgeDrop, FeatureMask
from gcl.encoders import ProjectionHead, build_encoder, encode
from gcl.losses import NTXent
from gcl.methods.base import Method, check_graph
from gcl.methods.sparse import with_sparse_features
from gcl.methods.views import aligned_rows


class GRACE(Method):
    r"""Contrast every node with all others across two corrupted views of the graph (`Zhu et al.
    2020 <https://arxiv.org/abs/2006.04131>`_).

    Each view drops edges and masks feature columns at its own rates; a shared encoder and
    projector map both, and :class:`~gcl.losses.NTXent` takes the same node of the other view as
    the positive, all other nodes of both views as negatives. Features are expected row-normalised
    (PyG's ``NormalizeFeatures``), as in the authors' code. The defaults are the authors' for Cora.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 128 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"relu"`` if None.
        projection_channels: hidden width P of the projector; D if None.
        edge_drop: probability of dropping an edge in view 1 and view 2.
        feature_mask: probability of masking a feature column in view 1 and view 2.
        augmenters: two transforms that make the views instead of the two rates above, which must
            then be None. They may remove nodes: the nodes that both views keep are contrasted.
        temperature: :math:`\tau` > 0 of the loss.
        precision: ``"highest"``, or ``"bf16"`` for the loss's products in bfloat16.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for the loss, beside the encoder's.

    Example:
        >>> method = GRACE(in_channels=8, out_channels=16)
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
        precision: str = "highest",
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        module, width = build_encoder(
            encoder, sizes, {"out_channels": 128, "num_layers": 2, "activation": "relu"}
        )
        super().__init__(module)
        self.projector = ProjectionHead(width, projection_channels)
        self.augmenters = make_augmenters(edge_drop, feature_mask, augmenters)
        self.loss = NTXent(temperature, precision=precision)

    def project(self, view: Data) -> Tensor:
        r"""Encode and project the nodes of a view: [N, D]."""
        return self.projector(encode(self.encoder, view))

    def step(self, batch: Data) -> Tensor:
        r"""Draw two views of the graph and return their loss."""
        check_graph(batch)
        graph = with_sparse_features(batch, self.encoder, self.augmenters)
        view1, view2 = (augment(graph) for augment in self.augmenters)
        rows1, rows2 = aligned_rows(batch, view1, view2)
        return self.loss(self.project(view1)[rows1], self.project(view2)[rows2])


def make_augmenters(
    edge_drop: tuple[float, float] | None,
    feature_mask: tuple[float, float] | None,
    augmenters: tuple[BaseTransform, BaseTransform] | None,
) -> tuple[BaseTransform, BaseTransform]:
    r"""The two views' transforms: the ones given, or edge dropping and column masking."""
    if augmenters is not None:
        for name, value in (("edge_drop", edge_drop), ("feature_mask", feature_mask)):
            if value is not None:
                raise ValueError(f"{name} would be ignored beside augmenters, got {value}")
        return _pair(augmenters, "augmenters")
    edge1, edge2 = _pair((0.2, 0.4) if edge_drop is None else edge_drop, "edge_drop")
    mask1, mask2 = _pair((0.3, 0.4) if feature_mask is None else feature_mask, "feature_mask")
    return (
        Compose([EdgeDrop(edge1), FeatureMask(mask1)]),
        Compose([EdgeDrop(edge2), FeatureMask(mask2)]),
    )


def _pair(values: tuple, name: str) -> tuple:
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ValueError(f"{name} must hold one value for each of the two views, got {values!r}")
    return tuple(values)
