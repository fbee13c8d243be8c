r"""SDCN: structural deep clustering network.

Legend: N nodes, F features, D embedding width, K clusters, L layers of the encoder.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.checks import check_non_negative, check_probability
from gcl.encoders import MLP
from gcl.encoders.base import hidden_widths
from gcl.encoders.gcn import GCNLayer
from gcl.functional import assignment_divergence, influence, target_distribution, weighted_adjacency
from gcl.functional.csr import SparseMatrix
from gcl.methods.base import check_graph, seed_rows
from gcl.methods.deep_clustering import DeepClustering
from gcl.methods.sparse import with_sparse_features
from gcl.per_graph import PerGraph


class SDCN(DeepClustering):
    r"""Cluster nodes by an auto-encoder of the features and graph convolutions that take in its
    layers, both led by one target (`Bo et al. 2020 <https://arxiv.org/abs/2002.01633>`_).

    .. math::
        Z_{l+1} = \mathrm{relu}\big(P \, ((1 - \epsilon) Z_l + \epsilon H_l) W_l\big), \qquad
        L = \frac{1}{N F} \sum_i \lVert \hat x_i - x_i \rVert^2 + \beta L_{KL}(p, q)
            + \gamma L_{KL}(p, s)

    with layers H of the auto-encoder, layers Z of graph convolutions along the random walk P with
    self loops, the last of which gives the soft assignments s by a softmax, soft assignments q of a
    Student-t kernel to K learnt centres, and the target p of q
    (:func:`~gcl.functional.target_distribution`), a constant. The clusters are those of s. Neither
    views nor pairs are contrasted: it is a baseline of the methods that do.

    Args:
        in_channels: width F of the features, also beside a module ``encoder``.
        hidden_channels: as in :class:`~gcl.methods.PamCGC`.
        out_channels: width D of the embeddings; 10 if None.
        num_clusters: K, 2 or more, at most N; it has to be given.
        encoder: ``"mlp"``, or a module ``(x, edge_index) -> z``; of any but a perceptron only the
            output is taken into the convolutions.
        mix: share :math:`\epsilon` of the auto-encoder in the input of a convolution.
        beta: weight of the divergence of q, 0 or more.
        gamma: weight of the divergence of s, 0 or more.
        feature_scale: as in :class:`~gcl.methods.PamCGC`.
        dof: degrees of freedom of the Student-t kernel.
        pretrain_epochs: passes of the auto-encoder over the rows; 0 for k-means alone.
        pretrain_lr: its learning rate.
        pretrain_batch: rows in one of its batches.
        num_kmeans: runs of k-means, the best of which sets the centres.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]; ``assign``:
        graph of N nodes -> cluster [N], probability [N, K]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored, or more
            clusters than nodes.

    Cost: that of two perceptrons, one of them with a sum over the edges in each layer.

    Example:
        >>> method = SDCN(in_channels=8, hidden_channels=(16,), out_channels=4, num_clusters=2)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = Data(x=torch.rand(3, 8), edge_index=edge_index)
        >>> method.step(data).shape, method.assign(data).probability.shape
        (torch.Size([]), torch.Size([3, 2]))
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: tuple[int, ...] | None = None,
        out_channels: int | None = None,
        *,
        num_clusters: int | None = None,
        encoder: str | nn.Module = "mlp",
        mix: float = 0.5,
        beta: float = 0.1,
        gamma: float = 0.01,
        feature_scale: float = 1.0,
        dof: float = 1.0,
        pretrain_epochs: int = 30,
        pretrain_lr: float = 1e-3,
        pretrain_batch: int = 256,
        num_kmeans: int = 20,
    ) -> None:
        super().__init__(
            in_channels,
            hidden_channels,
            out_channels,
            num_clusters=num_clusters,
            encoder=encoder,
            keeps_decoder=True,
            feature_scale=feature_scale,
            dof=dof,
            pretrain_epochs=pretrain_epochs,
            pretrain_lr=pretrain_lr,
            pretrain_batch=pretrain_batch,
            num_kmeans=num_kmeans,
        )
        _check_layers(self.encoder, self.sizes[1])
        self.mix = check_probability(mix, "mix")
        self.beta = check_non_negative(beta, "beta")
        self.gamma = check_non_negative(gamma, "gamma")
        first, hidden, width = self.sizes
        widths = [first or 0, *hidden, width, self.num_clusters]
        self.convolutions = nn.ModuleList(GCNLayer(a, b) for a, b in pairwise(widths))
        for layer in self.convolutions:  # the authors' have no bias: it stays 0
            layer.bias.requires_grad_(False)
        self.loss = nn.MSELoss()
        self.walk = PerGraph(_walk)

    def step(self, batch: Data) -> Tensor:
        r"""Reconstruct the features, and draw both assignments to their target."""
        check_graph(batch)
        graph, rows = self.scaled(with_sparse_features(batch, self.encoder, [])), seed_rows(batch)
        layers = self.layers(graph)
        z = layers[-1][rows]
        if not self.started:
            self.place_centers(z.detach())
        log_q, log_s = self.log_q(z), self.log_s(graph, layers)[rows]
        self.keep(log_s)
        target = target_distribution(log_q.detach().exp())
        loss = self.loss(self.decode(z), batch.x[rows] * self.feature_scale)
        loss = loss + self.beta * assignment_divergence(log_q, target)
        return loss + self.gamma * assignment_divergence(log_s, target)

    def layers(self, graph: Data) -> list[Tensor]:
        r"""What the encoder's layers give for scaled features, its output last: L of [N, .]."""
        if not isinstance(self.encoder, MLP):
            return [self.encoder(graph.x, graph.edge_index)]
        found, x = [], graph.x
        for i, layer in enumerate(self.encoder.layers):
            x = layer(x)
            x = x if i == len(self.encoder.layers) - 1 else F.relu(x)
            found.append(x)
        return found

    def log_s(self, graph: Data, layers: list[Tensor]) -> Tensor:
        r"""Log of the convolutions' soft assignments: [N, K]."""
        weight = graph.get("edge_weight")
        walk = self.walk(graph.edge_index, len(layers[-1]), *(() if weight is None else (weight,)))
        z: Tensor = graph.x
        first = len(self.convolutions) - len(layers)  # convolutions before it take in no layer
        for i, convolve in enumerate(self.convolutions):
            if i >= first:
                z = (1 - self.mix) * z + self.mix * layers[i - first]
            z = convolve(z, walk)
            z = z if i == len(self.convolutions) - 1 else F.relu(z)
        return z.log_softmax(dim=1)

    def log_shares(self, data: Data) -> Tensor:
        r"""Log of the convolutions' soft assignments of a checked graph: [N, K]."""
        graph = self.scaled(data)
        return self.log_s(graph, self.layers(graph))


def _check_layers(encoder: nn.Module, hidden: Sequence[int]) -> None:
    r"""ValueError for a perceptron of other layers than the convolutions take in."""
    if not isinstance(encoder, MLP):
        return
    widths = hidden_widths(encoder.hidden_channels, encoder.num_layers)
    if widths != list(hidden):
        raise ValueError(f"hidden_channels must be those of encoder, {widths}, got {list(hidden)}")
    bare = len(encoder.norms) < encoder.num_layers and not encoder.skip
    bare = bare and all(isinstance(norm, nn.Identity) for norm in encoder.norms)
    active = all(isinstance(module, nn.ReLU) for module in encoder.activations)
    if not (bare and active) or encoder.dropout.p or encoder.input_dropout.p:
        raise ValueError(
            "encoder must be an MLP with activation='relu' and activate_last=False, without norm, "
            f"skip and dropout, got {encoder}"
        )


def _walk(edge_index: Tensor, num_nodes: int, weight: Tensor | None = None) -> SparseMatrix:
    r"""The random walk with self loops, along which the authors' code convolves: [N, N]."""
    edges, share = influence(edge_index, num_nodes, edge_weight=weight)
    return weighted_adjacency(edges, num_nodes, share, dtype=share.dtype)
