r"""CCA-SSG: from canonical correlation analysis to self-supervised graph neural networks.

Legend: N nodes, F features, D embedding width.
"""

from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl import losses
from gcl.encoders import build_encoder
from gcl.methods.two_view import TwoView
from gcl.methods.views import drop_and_mask


class CCASSG(TwoView):
    r"""Correlate the columns of two views' embeddings one to one, and decorrelate those of each
    view (`Zhang et al. 2021 <https://arxiv.org/abs/2106.12484>`_).

    Both views drop edges and mask feature columns at the same rates. :class:`gcl.losses.CCASSG`
    compares the encoder's output itself: there are no negatives, no projector and no second
    network. The last layer has no activation. The defaults are the authors' for Cora.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; that of the embeddings if None.
        out_channels: width D of the embeddings; 512 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` (as the authors use on Coauthor CS) or
            a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"relu"`` if None.
        norm: normalisation before each activation of the named encoder; none if None. The authors'
            MLP has ``"batch"``.
        edge_drop: probability of dropping an edge in view 1 and view 2.
        feature_mask: probability of masking a feature column in view 1 and view 2.
        augmenters: two transforms that make the views instead of the two rates above, which must
            then be None. They may remove nodes: the nodes that both views keep are compared.
        decorrelation: weight :math:`\lambda \geq 0` of the decorrelation.
        invariance: ``"trace"``, the form of the authors' code, to which the published
            :math:`\lambda` belong, or ``"distance"``, the paper's.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 2N nodes; the loss takes O(N D^2) time and O(N D + D^2) memory.

    Example:
        >>> method = CCASSG(in_channels=8, out_channels=16)
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
        norm: str | None = None,
        edge_drop: tuple[float, float] | None = None,
        feature_mask: tuple[float, float] | None = None,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        decorrelation: float = 1e-3,
        invariance: str = "trace",
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
            "norm": norm,
        }
        width = 512 if out_channels is None else out_channels
        defaults = {"hidden_channels": width, "out_channels": width, "num_layers": 2}
        module, _ = build_encoder(encoder, sizes, {**defaults, "activate_last": False})
        views = drop_and_mask(edge_drop, feature_mask, augmenters, ((0.4, 0.4), (0.1, 0.1)))
        super().__init__(module, views)
        self.loss = losses.CCASSG(decorrelation, invariance=invariance, gather=True)

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Correlate the columns of both views' embeddings."""
        return self.loss(z1, z2)
