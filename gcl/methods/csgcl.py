r"""CSGCL: community-strength-enhanced graph contrastive learning.

Legend: N nodes, F features, D embedding width, P projection width.
"""

from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose

from gcl.augmenters import CommunityEdgeDrop, CommunityFeatureMask
from gcl.augmenters.communities import Communities, as_communities
from gcl.checks import check_int, check_non_negative
from gcl.encoders import ProjectionHead, build_encoder
from gcl.functional.edges import plain
from gcl.losses import WeightedInfoNCE
from gcl.methods.clock import Clock
from gcl.methods.two_view import TwoView
from gcl.methods.views import Rows, drop_and_mask

_STEPS_PER_UNIT = 100  # of the coefficient, as in the released code


class CSGCL(TwoView):
    r"""Contrast every node with all others across two views, with the strengths of their
    communities in the views and in the loss (`Chen et al. 2023
    <https://arxiv.org/abs/2305.04658>`_).

    The views drop edges between strong communities most often, and mask the features that strong
    communities use least often (:class:`~gcl.augmenters.CommunityEdgeDrop`,
    :class:`~gcl.augmenters.CommunityFeatureMask`). For the first :math:`t_0` steps the loss is
    GRACE's. Then nodes team up: every similarity of nodes i and j in it is raised by
    :math:`\gamma(t) (S_i + S_j)`, with

    .. math::
        \gamma(t) = \min\big(\max(0, (t - t_0) / 100), \gamma_{\max}\big)

    The anchor's own share cancels in the softmax. What is left, and is computed here, is InfoNCE
    with weights :math:`e^{\gamma S_j / \tau}` on the samples
    (:class:`~gcl.losses.WeightedInfoNCE`): the same value, cheaper, and it cannot overflow.

    Communities are detected once for a graph. Steps are counted in a buffer that checkpoints keep;
    in full-graph training a step is an epoch of the paper. Features are expected row-normalised
    (PyG's ``NormalizeFeatures``). The defaults are those of the authors' code, but for the
    projector, which is as wide as the embeddings (theirs: 32).

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; ``2 * out_channels`` if None.
        out_channels: width D of the embeddings; 256 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"prelu"`` if None.
        projection_channels: hidden width P of the projector; D if None.
        edge_drop: rate of Communal Edge Dropping in view 1 and view 2.
        feature_mask: rate of Communal Attribute Voting in view 1 and view 2.
        communities: ``"leiden"``, ``"louvain"``, ``"label_propagation"``, ``"networkx"``, a
            partition of your own (one number for each node, -1 for none), or a
            :class:`~gcl.augmenters.communities.Communities`.
        team_up_start: :math:`t_0`, steps before the strengths enter the loss.
        team_up_max: :math:`\gamma_{\max}`, 0 or above.
        augmenters: two transforms that make the views instead of the two rates, which must then be
            None. They may remove nodes: the nodes that both views keep are contrasted.
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
        >>> method = CSGCL(in_channels=8, out_channels=16)
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
        communities: str | Tensor | Communities = "leiden",
        team_up_start: int = 500,
        team_up_max: float = 1.0,
        augmenters: tuple[BaseTransform, BaseTransform] | None = None,
        temperature: float = 0.4,
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
            encoder, sizes, {"out_channels": 256, "num_layers": 2, "activation": "prelu"}
        )
        shared = as_communities(communities)

        def make_view(edge: float, mask: float) -> BaseTransform:
            # Columns first: they are scored by the communities of the whole graph.
            columns = CommunityFeatureMask(mask, communities=shared)
            return Compose([columns, CommunityEdgeDrop(edge, communities=shared)])

        defaults = ((0.3, 0.4), (0.1, 0.0))
        views = drop_and_mask(edge_drop, feature_mask, augmenters, defaults, make_view)
        super().__init__(module, views, ProjectionHead(width, projection_channels), pot=pot)
        self.communities = shared
        self.team_up_start = check_int(team_up_start, "team_up_start")
        self.team_up_max = check_non_negative(team_up_max, "team_up_max")
        self.clock = Clock()
        self.loss = WeightedInfoNCE(temperature, precision=precision)

    def step(self, batch: Data) -> Tensor:
        r"""Draw two views of the graph and return their loss, with strengths from step t0 on."""
        self.clock.tick()
        return super().step(batch)

    @property
    def team_up(self) -> float:
        r"""The coefficient gamma of the strengths in the latest step."""
        passed = int(self.clock.steps) - self.team_up_start
        return min(max(0.0, passed / _STEPS_PER_UNIT), self.team_up_max)

    def contrast_in(self, z1: Tensor, z2: Tensor, batch: Data, rows: Rows) -> Tensor:
        r"""Contrast every node with all others, by the strengths of their communities."""
        if not self.team_up:
            return self.loss(z1, z2)
        n_id = self.communities.numbers(batch)
        found = self.communities(plain(batch.edge_index), batch.num_nodes, n_id)
        strength = found.strength[rows].to(z1.dtype)
        return self.loss(z1, z2, self.team_up * strength / self.loss.temperature)
