r"""ProGCL: contrast with negatives weighted by how likely they are true ones.

Legend: N nodes, F features, D embedding width, P projection width.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl.checks import check_int, check_probability
from gcl.encoders import ProjectionHead, build_encoder
from gcl.losses import NTXent
from gcl.methods.clock import Clock
from gcl.methods.hard_negatives import TrueNegatives
from gcl.methods.two_view import TwoView
from gcl.methods.views import drop_and_mask, refuse_beside_augmenters, sparing_view


class ProGCL(TwoView):
    r"""Contrast as GRACE does, with negatives weighted by their estimated probability of being
    true ones (`Xia et al. 2022 <https://arxiv.org/abs/2110.02027>`_).

    The first ``fit_at`` - 1 steps are GRACE's. Then a mixture of two Beta distributions is fitted,
    once, to the mapped similarities :math:`\tilde s = (s + 1) / 2` of every node with ``samples``
    random nodes of the other view; :math:`p_{ij}` is the posterior of the component of the lower
    mean, and :math:`B_{ij} = p_{ij} \tilde s_{ij}`. From there on

    .. math::
        \ell_i = -\log \frac{e^{s_{ii} / \tau}}{e^{s_{ii} / \tau}
        + \sum_{j \neq i} w_{ij} e^{s_{ij} / \tau}
        + \sum_{j \neq i} w'_{ij} e^{s'_{ij} / \tau}}, \qquad
        w_{ij} = \frac{B_{ij}}{\tfrac{1}{N - 1} \sum_{k \neq i} B_{ik}}

    with similarities s to the other view and s' to the own one (``mode="weight"``), or NT-Xent with
    ``hardest`` further negatives per node (``mode="mix"``): the similarities of largest B, mixed
    in pairs with weights B by one random permutation of their ranks. Weights are constants in the
    gradient.

    The authors' code computes all :math:`B_{ij}` from the cross-view similarities of the step that
    fits the mixture, keeps them (N x N numbers), and uses them in both directions and for both
    sums. Here the mixture is kept, three numbers, and every pair is weighted by its own similarity
    of the present step, inside the streamed sum. The views spare what is central, as GCA's
    (:class:`~gcl.methods.GCA`) do, by eigenvector centrality as in the code.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 128 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"rrelu"`` if None.
        projection_channels: hidden width P of the projector; D if None.
        edge_drop: mean probability of dropping an edge in view 1 and view 2.
        feature_mask: mean probability of masking a feature column in view 1 and view 2.
        centrality: ``"eigenvector"`` (if None), ``"degree"``, ``"pagerank"``, or ``"none"`` to drop
            all edges and all columns at the same rate.
        binary_features: count the nodes that use a column (if None); False adds the size of their
            entries, for dense features.
        augmenters: two transforms that make the views instead of the four options above, which must
            then be None. They may remove nodes: the nodes that both views keep are contrasted.
        temperature: :math:`\tau` > 0 of the loss.
        mode: ``"weight"`` or ``"mix"``.
        fit_at: step that fits the mixture, the first with weighted or mixed negatives; 1 or more.
        samples: other nodes for each node in the fit.
        prior: share of the upper component at the start of the fit.
        hardest: how many negatives ``"mix"`` mixes, at most all others; 1000 if None.
        precision: ``"highest"``, or ``"bf16"`` for the loss's products in bfloat16.
        pot: regulariser of the step; see :class:`~gcl.methods.two_view.TwoView`.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O(N^2 D) time and O(N D) memory for the loss, beside the encoder's; ``"mix"``
        holds O(N ``hardest``) numbers.

    Example:
        >>> method = ProGCL(in_channels=8, out_channels=16, fit_at=1)
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
        centrality: str | None = None,
        binary_features: bool | None = None,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        temperature: float = 0.2,
        mode: str = "weight",
        fit_at: int = 400,
        samples: int = 100,
        prior: float = 0.05,
        hardest: int | None = None,
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
            encoder, sizes, {"out_channels": 128, "num_layers": 2, "activation": "rrelu"}
        )
        if augmenters is not None:
            refuse_beside_augmenters(centrality=centrality, binary_features=binary_features)
        make_view = _make_view(centrality, binary_features)
        defaults = ((0.6, 0.3), (0.2, 0.3))
        views = drop_and_mask(edge_drop, feature_mask, augmenters, defaults, make_view)
        super().__init__(module, views, ProjectionHead(width, projection_channels), pot=pot)
        if mode == "weight" and hardest is not None:
            raise ValueError(f"hardest={hardest} would be ignored with mode='weight'")
        self.loss = NTXent(temperature, precision=precision, gather=True)
        hardest = 1000 if hardest is None else hardest
        self.true_negatives = TrueNegatives(temperature, mode, hardest, precision)
        self.fit_at = check_int(fit_at, "fit_at", minimum=1)
        self.samples = check_int(samples, "samples", minimum=1)
        self.prior = check_probability(prior, "prior")
        self.clock = Clock()

    def contrast(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Contrast plainly at first, then with weighted or mixed negatives."""
        step = self.clock.tick()
        if step < self.fit_at:
            return self.loss(z1, z2)
        if step == self.fit_at:
            self.true_negatives.fit(z1, z2, self.samples, self.prior)
        return self.true_negatives(z1, z2)


def _make_view(
    centrality: str | None, binary_features: bool | None
) -> Callable[[float, float], BaseTransform] | None:
    r"""What makes a view from its rates; None for edges and columns that are dropped alike."""
    if centrality != "none":
        binary = True if binary_features is None else binary_features
        return sparing_view("eigenvector" if centrality is None else centrality, binary)
    if binary_features is not None:
        raise ValueError(f"binary_features={binary_features} would be ignored: centrality is none")
    return None
