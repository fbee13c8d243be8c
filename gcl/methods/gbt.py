r"""G-BT: Graph Barlow Twins.

Legend: N nodes, F features, D embedding width.
"""

from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl.encoders import build_encoder
from gcl.losses import BarlowTwins
from gcl.methods.two_view import TwoView
from gcl.methods.views import drop_and_mask

_DEFAULTS = {
    "out_channels": 256,
    "num_layers": 2,
    "activation": "prelu",
    "shared_activation": False,
    "activate_last": False,
    "norm": "batch",
    "norm_momentum": 0.01,
}


class GBT(TwoView):
    r"""Make the columns of two views' embeddings correlate one to one and with no other (`Bielak et
    al. 2022 <https://arxiv.org/abs/2106.02466>`_).

    Both views drop edges and mask feature columns at the same rates.
    :class:`~gcl.losses.BarlowTwins` compares the encoder's output itself: there are no negatives,
    no projector and no second network. The last layer has neither normalisation nor activation.
    Features are expected row-normalised (PyG's ``NormalizeFeatures``). The defaults are the
    authors' for Amazon Photo.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 256 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder, with weights of its own in each hidden layer;
            ``"prelu"`` if None.
        norm_momentum: weight of the latest batch in the running statistics of the hidden layers'
            batch normalisation, which ``embed`` uses; 0.01 if None.
        edge_drop: probability of dropping an edge in view 1 and view 2.
        feature_mask: probability of masking a feature column in view 1 and view 2.
        augmenters: two transforms that make the views instead of the two rates above, which must
            then be None. They may remove nodes: the nodes that both views keep are compared.
        redundancy: weight :math:`\lambda \geq 0` of the correlations that should vanish; 1 / D if
            None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 2N nodes; the loss takes O(N D^2) time and O(N D + D^2) memory.

    Example:
        >>> method = GBT(in_channels=8, out_channels=16)
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
        norm_momentum: float | None = None,
        edge_drop: tuple[float, float] | None = None,
        feature_mask: tuple[float, float] | None = None,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        redundancy: float | None = None,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
            "norm_momentum": norm_momentum,
        }
        module, _ = build_encoder(encoder, sizes, _DEFAULTS)
        views = drop_and_mask(edge_drop, feature_mask, augmenters, ((0.1, 0.1), (0.3, 0.3)))
        super().__init__(module, views)
        self.loss = BarlowTwins(redundancy, gather=True)

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Compare the columns of both views' embeddings."""
        return self.loss(z1, z2)
