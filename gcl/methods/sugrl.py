r"""SUGRL: simple unsupervised graph representation learning.

Legend: N nodes, F features, D embedding width, K negatives of a node.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_probability
from gcl.encoders import build_encoder, encode
from gcl.functional import gcn_adjacency
from gcl.functional.csr import Pattern, SparseMatrix
from gcl.functional.neighbors import cyclic_neighbors, mean_rows, self_and_neighbors
from gcl.functional.sparse_features import drop_out
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.clock import Clock
from gcl.methods.multiplet import Multiplet
from gcl.methods.sparse import with_sparse_features

_STRUCTURE_DROPOUT = 0.2  # of the embeddings that are propagated, in the authors' code
_NEIGHBORS = 5


class SUGRL(Method):
    r"""Ask for two positives of a node to lie nearer than random nodes, within bounds (`Mo et al.
    2022 <https://doi.org/10.1609/aaai.v36i7.20748>`_).

    A perceptron maps thinned features to anchors h. Two positives need no augmentation: the
    propagated :math:`h^+ = \hat A \operatorname{dropout}(h)`, and the mean :math:`h^n` of five
    neighbours, which walk round a node's list of itself and its neighbours from step to step.
    Negatives are K permutations of h. With Euclidean distance d

    .. math::
        L = w_1 L(h^+) + w_2 L(h^n) + w_3 \tfrac{1}{K} \sum_k \sum_i
        \big[ d(h_i, h_i^{-k}) - d(h_i, h_i^+) - m_1 - m_2 \big]_+, \qquad
        L(p) = \sum_k \tfrac{1}{N} \sum_i \big[ d(h_i, p_i) - d(h_i, h_i^{-k}) + m_1 \big]_+

    where the last term bounds the distance of negatives; its :math:`d(h_i, h_i^+)` has no gradient,
    and it is a sum over nodes as in the authors' code, whose script for OGB's graphs takes a mean.
    Embeddings are :math:`\hat A h` with rows of length 1. The defaults are the authors' for Cora.
    Features are expected row-normalised (PyG's ``NormalizeFeatures``).

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; 512 if None.
        out_channels: width D of the embeddings; 128 if None.
        encoder: ``"mlp"``, ``"gcn"``, ``"sage"``, ``"gin"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation between the named encoder's layers; ``"relu"`` if None.
        dropout: probability of dropping an entry of the features.
        weights: :math:`w_1, w_2, w_3`, 0 or above.
        margins: :math:`m_1, m_2`, 0 or above.
        num_negatives: K, 1 or more.
        bound: ``"sum"`` or ``"mean"`` over the nodes in the last term.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step takes O((M + K N) D) for M edges, beside the perceptron's; nothing is quadratic in N.
        The graph is normalised and sorted once.

    Example:
        >>> method = SUGRL(in_channels=8, out_channels=16)
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
        encoder: str | nn.Module = "mlp",
        num_layers: int | None = None,
        activation: str | None = None,
        dropout: float = 0.3,
        weights: tuple[float, float, float] = (10.0, 10.0, 1.0),
        margins: tuple[float, float] = (0.8, 0.2),
        num_negatives: int = 4,
        bound: str = "sum",
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        defaults = {"hidden_channels": 512, "out_channels": 128, "num_layers": 2}
        module, _ = build_encoder(encoder, sizes, {**defaults, "activate_last": False})
        super().__init__(module)
        self.dropout = check_probability(dropout, "dropout")
        self.loss = Multiplet(weights, margins, num_negatives, bound)
        self.clock = Clock()
        self.structure = PerGraph(_structure)

    def step(self, batch: Data) -> Tensor:
        r"""Draw positives and negatives and return the loss."""
        check_graph(batch)
        thinned = copy.copy(with_sparse_features(batch, self.encoder, []))
        thinned.x = drop_out(thinned.x, self.dropout, training=self.training)
        h = encode(self.encoder, thinned)
        adjacency, neighbors = self.structure(*_content(batch))
        structural = adjacency @ F.dropout(h, _STRUCTURE_DROPOUT, self.training)
        places = torch.arange(0, 2 * _NEIGHBORS, 2, device=h.device) + self.clock.tick()
        neighbor = mean_rows(h, cyclic_neighbors(neighbors, places))
        rows = seed_rows(batch)
        return self.loss(h[rows], structural[rows], neighbor[rows])

    @torch.no_grad()
    def embed(self, data: Data, *, block_size: int | None = None) -> Tensor:
        r"""Embed the nodes of the graph as it is, in evaluation mode: propagated, of length 1.

        Args:
            data: the whole graph.
            block_size: as in :meth:`gcl.methods.Method.embed`.

        Shapes:
            graph of N nodes -> [N, D]

        Raises:
            TypeError, ValueError: if features or edges are missing, not finite or out of range.
        """
        h = super().embed(data, block_size=block_size)
        return F.normalize(self.structure(*_content(data))[0] @ h)


def _structure(edge_index: Tensor, num_nodes: int, *weight: Tensor) -> tuple[SparseMatrix, Pattern]:
    r"""The normalised adjacency, and the list of every node and its neighbours."""
    adjacency = gcn_adjacency(edge_index, num_nodes, *weight, dtype=torch.float64)
    return adjacency, self_and_neighbors(edge_index, num_nodes)


def _content(data: Data) -> tuple[Tensor | int, ...]:
    r"""What tells one graph's structure from another's."""
    weight = data.get("edge_weight")
    own = () if weight is None else (weight,)
    return data.edge_index, len(data.x), *own
