r"""What the clustering methods share: an auto-encoder's encoder, centres, soft assignments.

Legend: N nodes, F features, D embedding width, K clusters.
"""

import copy
from collections.abc import Iterable
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.checks import check_int, check_positive, describe
from gcl.encoders import MLP, build_encoder, encode
from gcl.functional.student_t import log_assignment
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.k_means import k_means_centers
from gcl.methods.pretraining import Reconstruction, Stage
from gcl.methods.sparse import with_sparse_features
from gcl.modes import evaluating

HIDDEN = (500, 500, 2000)
WIDTH = 10


class Assignment(NamedTuple):
    r"""The cluster of each node, and how likely each cluster is.

    Attributes:
        cluster: [N], in [0, K).
        probability: [N, K]; rows sum to 1.
    """

    cluster: Tensor
    probability: Tensor


class DeepClustering(Method):
    r"""Base of the methods that learn cluster centres together with an encoder of the features.

    Before the first epoch :func:`gcl.training.fit` trains encoder and decoder to reconstruct the
    features, and k-means on the embeddings sets the centres; with a loop of one's own call
    :meth:`start`, or the first ``step`` does. Arguments are those of :class:`~gcl.methods.PamCGC`.

    Attributes:
        latest_clusters: clusters that the latest ``step`` found for its rows, before the weights
            changed: [B]; None before the first, and for a method that finds none.
    """

    started: Tensor
    latest_clusters: Tensor | None = None

    def __init__(
        self,
        in_channels: int | None,
        hidden_channels: tuple[int, ...] | None,
        out_channels: int | None,
        *,
        num_clusters: int | None,
        encoder: str | nn.Module,
        keeps_decoder: bool,
        feature_scale: float = 1.0,
        dof: float = 1.0,
        pretrain_epochs: int = 30,
        pretrain_lr: float = 1e-3,
        pretrain_batch: int = 256,
        num_kmeans: int = 20,
    ) -> None:
        self.num_clusters = _check_num_clusters(num_clusters)
        self.feature_scale = check_positive(feature_scale, "feature_scale")
        self.dof = check_positive(dof, "dof")
        self.pretrain_epochs = check_int(pretrain_epochs, "pretrain_epochs")
        self.pretrain_lr = check_positive(pretrain_lr, "pretrain_lr")
        self.pretrain_batch = check_int(pretrain_batch, "pretrain_batch", minimum=1)
        self.num_kmeans = check_int(num_kmeans, "num_kmeans", minimum=1)
        module, width = _encoder(encoder, in_channels, hidden_channels, out_channels)
        super().__init__(module)
        hidden = HIDDEN if hidden_channels is None else tuple(hidden_channels)
        self.sizes = in_channels, hidden, width
        self.decoder = self.make_decoder() if keeps_decoder else None
        self.centers = nn.Parameter(torch.zeros(self.num_clusters, width))
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))

    def make_decoder(self) -> nn.Module:
        r"""A decoder with new weights, the encoder's layers in reverse."""
        in_channels, hidden, width = self.sizes
        if in_channels is None:
            raise ValueError("in_channels must be given: the decoder reconstructs them, got None")
        layers = len(hidden) + 1
        return MLP(width, hidden[::-1], in_channels, layers, activate_last=False)

    def represent(self, data: Data) -> Tensor:
        r"""Encode the scaled features: [N, D]."""
        return encode(self.encoder, self.scaled(data))

    def scaled(self, data: Data) -> Data:
        r"""The graph with scaled features; the one given stays as it is."""
        if self.feature_scale == 1.0:
            return data
        data = copy.copy(data)
        data.x = data.x * self.feature_scale
        return data

    def reconstruction_error(self, z: Tensor, batch: Data) -> Tensor:
        r"""Mean squared error of the scaled features of the rows of ``z`` [B, D]."""
        return F.mse_loss(self.decode(z), batch.x[seed_rows(batch)] * self.feature_scale)

    def decode(self, z: Tensor) -> Tensor:
        r"""What the decoder makes of embeddings: [B, D] -> [B, F]."""
        return cast(nn.Module, self.decoder)(z)

    def pretraining(self) -> Stage | None:
        r"""The stage before the first epoch; None once the centres are set."""
        if self.started:
            return None
        none = not self.pretrain_epochs and self.decoder is None
        decoder = nn.Identity() if none else self.decoder or self.make_decoder()
        decoder = decoder.to(self.centers.dtype)
        stage = Reconstruction(self.encoder, decoder, feature_scale=self.feature_scale)
        return Stage(stage, self.pretrain_epochs, self.pretrain_lr, self.pretrain_batch)

    def start(self, data: Data | Iterable[Data]) -> None:
        r"""Set the centres by k-means on the present embeddings of a graph, or of its batches."""
        graphs = [data] if isinstance(data, Data) else data
        self.place_centers(torch.cat([self.embed(graph)[seed_rows(graph)] for graph in graphs]))

    @torch.no_grad()
    def place_centers(self, z: Tensor) -> None:
        r"""Set the centres by k-means on rows [N, D]."""
        self.centers.copy_(k_means_centers(z, self.num_clusters, self.num_kmeans))
        self.started.fill_(True)

    def latent(self, batch: Data) -> Tensor:
        r"""Embeddings of the rows that enter the loss, the centres set: [B, D]."""
        check_graph(batch)
        z = self.represent(with_sparse_features(batch, self.encoder, []))[seed_rows(batch)]
        if not self.started:
            self.place_centers(z.detach())
        return z

    def log_q(self, z: Tensor) -> Tensor:
        r"""Log of the soft assignments of embeddings: [N, D] -> [N, K]."""
        return log_assignment(z, self.centers, dof=self.dof)

    def keep(self, log_probability: Tensor) -> None:
        r"""Keep the clusters of a step as :attr:`latest_clusters`: [B, K] -> [B]."""
        self.latest_clusters = log_probability.detach().argmax(1)

    @torch.no_grad()
    def assign(self, data: Data) -> Assignment:
        r"""Assign the nodes of a graph, perhaps of another than that of training, to clusters.

        Raises:
            TypeError, ValueError: as :meth:`embed`, or before training.
        """
        if not self.started:
            raise ValueError("the clusters have no centres yet: train the method, or call start")
        check_graph(data)
        with evaluating(self):
            q = self.log_shares(data).exp()
        return Assignment(q.argmax(1), q)

    def log_shares(self, data: Data) -> Tensor:
        r"""Log of the soft assignments that :meth:`assign` gives, for a checked graph: [N, K]."""
        return self.log_q(self.represent(data))


def edges_among_seeds(batch: Data) -> tuple[Tensor, Tensor | None]:
    r"""The edges between the rows that enter the loss, and their weights if the graph has them.

    These are all edges, but of a sampled batch.
    """
    seeds, weight = batch.get("batch_size"), batch.get("edge_weight")
    if seeds is None:
        return batch.edge_index, weight
    kept = (batch.edge_index < seeds).all(0)
    return batch.edge_index[:, kept], None if weight is None else weight[kept]


def _encoder(
    encoder: str | nn.Module,
    in_channels: int | None,
    hidden_channels: tuple[int, ...] | None,
    out_channels: int | None,
) -> tuple[nn.Module, int]:
    r"""The named encoder with these widths, or the module; its own width beside the decoder's."""
    if isinstance(encoder, nn.Module):
        return build_encoder(encoder, {"out_channels": out_channels}, {})
    hidden = HIDDEN if hidden_channels is None else tuple(hidden_channels)
    sizes = {"in_channels": in_channels, "out_channels": out_channels}
    layers = {"hidden_channels": hidden, "num_layers": len(hidden) + 1}
    if not hidden:
        layers = {"hidden_channels": 1, "num_layers": 1}  # one layer; the width is not read
    defaults = {"out_channels": WIDTH, "activation": "relu", "activate_last": False, **layers}
    return build_encoder(encoder, sizes, defaults)


def _check_num_clusters(num_clusters: int | None) -> int:
    if num_clusters is None:
        raise ValueError(f"num_clusters must be given, 2 or more; got {describe(num_clusters)}")
    return check_int(num_clusters, "num_clusters", minimum=2)
