r"""AFGRL: augmentation-free graph representation learning.

Legend: N nodes, F features, D embedding width, k neighbours, P positive pairs.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import check_flag, check_int
from gcl.encoders import PredictionHead, build_encoder, encode
from gcl.functional import nearby_pairs
from gcl.methods.base import check_graph, seed_rows
from gcl.methods.sparse import with_sparse_features
from gcl.methods.targets import TargetMethod
from gcl.modes import evaluating

_DEFAULTS = {
    "out_channels": 512,
    "num_layers": 1,
    "activation": "prelu",
    "shared_activation": False,
    "norm": "batch",
    "norm_momentum": 0.01,
}


class AFGRL(TargetMethod):
    r"""Predict how a slowly moving copy of the encoder embeds nodes that lie nearby, without any
    augmentation (`Lee et al. 2022 <https://arxiv.org/abs/2112.02472>`_).

    .. math::
        L = \frac{1}{P} \sum_{(i, j)} \Big[ 2 - 2 \cos\big(q(h_i), y_j\big) \Big]
          + \Big[ 2 - 2 \cos\big(q(h_j), y_i\big) \Big]

    with h of the encoder, y of its target copy, both on the graph as it is, and the predictor q.
    :func:`gcl.functional.nearby_pairs` finds the P pairs of positives anew in each step: every
    node with itself, and with those of its nearest nodes that are adjacent or share a cluster of
    k-means. The target starts as a copy of the encoder and follows it with a momentum that rises
    from ``momentum`` to 1 over ``total_steps``; in the authors' code it rises and falls several
    times (:doc:`/methods/afgrl`). The defaults are the authors' for Amazon Photo.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers, if there are several; ``2 * out_channels``
            if None.
        out_channels: width D of the embeddings; 512 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 1 if None.
        activation: activation of the named encoder, with weights of its own in each layer;
            ``"prelu"`` if None.
        norm_momentum: weight of the latest batch in the running statistics of the named encoder's
            batch normalisation, which ``embed`` uses; 0.01 if None.
        frozen_norm: run all networks in evaluation mode from the second step on, so that batch
            normalisation keeps what it measured in the first, as the authors' code does; on Photo
            nothing is learnt otherwise.
        prediction_channels: hidden width of the predictor; 2 D if None.
        num_neighbors: nearest nodes k of a node, itself included, 1 or more.
        num_clusters: clusters of k-means; at most one a node is made.
        num_kmeans: runs of k-means in each step.
        kmeans_iterations: rounds of k-means at most.
        fresh_target: start the target from random weights of its own instead of the encoder's.
        momentum: momentum of the target after the first step, in [0, 1].
        total_steps: planned number of steps; a constant momentum if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 2N nodes, half of them without a gradient. The nearest nodes take O(N^2 D)
        time, and k-means O(N D) times clusters, runs and rounds; memory is O(N (D + k)).

    Example:
        >>> method = AFGRL(in_channels=8, out_channels=16, total_steps=100)
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
        frozen_norm: bool = True,
        prediction_channels: int | None = None,
        num_neighbors: int = 4,
        num_clusters: int = 100,
        num_kmeans: int = 5,
        kmeans_iterations: int = 20,
        fresh_target: bool = False,
        momentum: float = 0.9,
        total_steps: int | None = 5_000,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
            "norm_momentum": norm_momentum,
        }
        module, width = build_encoder(encoder, sizes, _DEFAULTS)
        hidden = 2 * width if prediction_channels is None else prediction_channels
        super().__init__(
            module,
            PredictionHead(width, hidden, norm="batch"),
            fresh_target=fresh_target,
            momentum=momentum,
            total_steps=total_steps,
        )
        self.frozen_norm = check_flag(frozen_norm, "frozen_norm")
        self.num_neighbors = check_int(num_neighbors, "num_neighbors", minimum=1)
        self.num_clusters = check_int(num_clusters, "num_clusters", minimum=1)
        self.num_kmeans = check_int(num_kmeans, "num_kmeans", minimum=1)
        self.kmeans_iterations = check_int(kmeans_iterations, "kmeans_iterations")

    def positives(self, h: Tensor, y: Tensor, edge_index: Tensor) -> Tensor:
        r"""The pairs of positives among embeddings [N, D] of encoder and target: [2, P]."""
        return nearby_pairs(
            h,
            y,
            edge_index,
            num_neighbors=self.num_neighbors,
            num_clusters=self.num_clusters,
            num_runs=self.num_kmeans,
            num_iterations=self.kmeans_iterations,
        )

    def step(self, batch: Data) -> Tensor:
        r"""Move the target, find the positives and predict the target's embeddings of them."""
        check_graph(batch)
        self.follow()
        graph, rows = with_sparse_features(batch, self.encoder, ()), seed_rows(batch)
        with self._mode():
            h, y = encode(self.encoder, graph)[rows], encode(self.target, graph)[rows]
            q = self.predictor(h)
        pairs = self.positives(h, y, batch.edge_index)
        both_ways = torch.cat([pairs, pairs.flip(0)], dim=1)
        return 2 * self.loss(q, y, both_ways)  # the mean is over 2 P terms

    def _mode(self) -> AbstractContextManager[None]:
        r"""Evaluation mode where the norms are frozen, that is after the first step."""
        return evaluating(self) if self.frozen_norm and self.clock.steps > 1 else nullcontext()
