r"""GRACE: deep graph contrastive representation learning.

Legend: N nodes, F features, D embedding width, P projection width.
"""

from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl.encoders import ProjectionHead, build_encoder
from gcl.losses import NTXent
from gcl.methods.two_view import TwoView
from gcl.methods.views import drop_and_mask, refuse_beside


class GRACE(TwoView):
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
        temperature: :math:`\tau` > 0 of the loss; 0.4 if None.
        precision: ``"highest"``, or ``"bf16"`` for the loss's products in bfloat16; the former if
            None.
        loss: a module ``(z1, z2) -> scalar`` of two views instead of NTXent, such as
            :class:`~gcl.losses.PamC`; ``temperature`` and ``precision`` must then be None.
        pot: a regulariser such as :class:`~gcl.regularizers.POT`; none if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for NTXent, beside the encoder's.

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
        temperature: float | None = None,
        precision: str | None = None,
        loss: nn.Module | None = None,
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
            encoder, sizes, {"out_channels": 128, "num_layers": 2, "activation": "relu"}
        )
        views = drop_and_mask(edge_drop, feature_mask, augmenters, ((0.2, 0.4), (0.3, 0.4)))
        super().__init__(module, views, ProjectionHead(width, projection_channels), pot=pot)
        self.loss = _nt_xent(temperature, precision) if loss is None else loss
        if loss is not None:
            refuse_beside("loss", temperature=temperature, precision=precision)

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Contrast every node with all others of both views."""
        return self.loss(z1, z2)


def _nt_xent(temperature: float | None, precision: str | None) -> NTXent:
    chosen = "highest" if precision is None else precision
    return NTXent(0.4 if temperature is None else temperature, precision=chosen, gather=True)
