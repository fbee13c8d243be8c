r"""BGRL: bootstrapped graph latents.

Legend: N nodes, F features, D embedding width.
"""

from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gcl.encoders import PredictionHead, build_encoder, encode
from gcl.methods.base import check_graph
from gcl.methods.sparse import with_sparse_features
from gcl.methods.targets import TargetMethod
from gcl.methods.views import aligned_rows, drop_and_mask


class BGRL(TargetMethod):
    r"""Predict, from one view of the graph, how a slowly moving copy of the encoder embeds the
    other (`Thakoor et al. 2022 <https://arxiv.org/abs/2102.06514>`_).

    .. math::
        L = 2 - \frac{1}{N} \sum_i \cos\big(q(h_i^{(1)}), y_i^{(2)}\big)
              - \frac{1}{N} \sum_i \cos\big(q(h_i^{(2)}), y_i^{(1)}\big)

    with h of the encoder, y of its target copy, and the predictor q. There are no negatives and no
    projector. The target follows the encoder with a momentum that rises from ``momentum`` to 1,
    :math:`m(t) = 1 - (1 - m_0) (1 + \cos(\pi t / T)) / 2`. Features are expected row-normalised
    (PyG's ``NormalizeFeatures``). The defaults are the authors' for Amazon Photo.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 128 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder, with weights of its own in each layer;
            ``"prelu"`` if None.
        norm: normalisation in each layer of the named encoder; ``"batch"`` if None.
        norm_momentum: weight of the latest batch in the running statistics that ``embed`` uses.
            0.99 if None, as in the authors' PyTorch code: almost the last view's alone. 0.01
            averages over views, which is what a decay of 0.99 means.
        prediction_channels: hidden width of the predictor.
        edge_drop: probability of dropping an edge in view 1 and view 2.
        feature_mask: probability of masking a feature column in view 1 and view 2.
        augmenters: two transforms that make the views instead of the two rates above, which must
            then be None. They may remove nodes: the nodes that both views keep are compared.
        fresh_target: start the target from random weights of its own, as the authors' code does,
            instead of the encoder's.
        momentum: :math:`m_0` in [0, 1].
        total_steps: T, the planned number of steps; a constant momentum if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 4N nodes, half of them without a gradient; the loss takes O(N D).

    Example:
        >>> method = BGRL(in_channels=8, out_channels=16, total_steps=100)
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
        norm_momentum: float | None = None,
        prediction_channels: int = 512,
        edge_drop: tuple[float, float] | None = None,
        feature_mask: tuple[float, float] | None = None,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        fresh_target: bool = True,
        momentum: float = 0.99,
        total_steps: int | None = 10_000,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
            "norm": norm,
            "norm_momentum": norm_momentum,
        }
        module, width = build_encoder(encoder, sizes, _defaults(norm))
        super().__init__(
            module,
            PredictionHead(width, prediction_channels),
            fresh_target=fresh_target,
            momentum=momentum,
            total_steps=total_steps,
        )
        self.augmenters = drop_and_mask(
            edge_drop, feature_mask, augmenters, ((0.4, 0.1), (0.1, 0.2))
        )

    def step(self, batch: Data) -> Tensor:
        r"""Move the target, draw two views and predict the target's embeddings of each."""
        check_graph(batch)
        self.follow()
        graph = with_sparse_features(batch, self.encoder, self.augmenters)
        views = [augment(graph) for augment in self.augmenters]
        rows = aligned_rows(batch, *views)
        q1, q2 = (self.predictor(encode(self.encoder, view)) for view in views)
        y1, y2 = (encode(self.target, view) for view in views)
        first = self.loss(q1[rows.view1], y2[rows.view2])
        return (first + self.loss(q2[rows.view2], y1[rows.view1])) / 2


def _defaults(norm: str | None) -> dict:
    defaults = {"out_channels": 128, "num_layers": 2, "activation": "prelu"}
    defaults |= {"shared_activation": False, "norm": "batch"}
    return defaults | ({"norm_momentum": 0.99} if norm in (None, "batch") else {})
