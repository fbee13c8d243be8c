r"""SPGCL: single-pass graph contrastive learning.

Legend: N nodes, F features, D embedding width, B nodes that are contrasted.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.checks import check_int, check_probability
from gcl.encoders import ProjectionHead, build_encoder, encode
from gcl.functional.neighbors import reached
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.single_pass import SinglePass
from gcl.methods.sparse import with_sparse_features


class SPGCL(Method):
    r"""Draw every node towards those most similar to it and away from random ones, in one pass
    without augmentation (`Wang et al. 2023 <https://arxiv.org/abs/2211.10890>`_).

    With cosine similarity s of projections

    .. math::
        L = \frac{1}{B} \sum_i \Big[ -\frac{2}{K} \sum_{j \in \operatorname{TopK}(i)} s_{ij}
            + \sum_{j \in R(i)} s_{ij}^2 \Big]

    where TopK(i) are the K nodes most similar to i, itself included, and R(i) are random nodes,
    drawn with repetition; their part is a sum, not a mean, as in the authors' code. A step encodes
    the whole graph and contrasts B nodes: at most ``max_nodes`` random ones of those within
    ``num_hops`` edges of ``num_seeds`` random seeds, or all nodes. Positives come from the
    similarities alone, not from edges, so the method also suits graphs whose neighbours differ.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers; D if None.
        out_channels: width D of the embeddings; 1024 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 2 if None.
        activation: activation of the named encoder; ``"prelu"`` if None.
        norm: ``"batch"``, ``"layer"`` or ``"graph"`` for the named encoder; none if None.
        dropout: probability of dropping an entry between the named encoder's layers and of its
            output; the features are not thinned.
        projection_activation: activation of the projector.
        top_k: K, 1 or more; at most all contrasted nodes are taken.
        num_negatives: random nodes in R(i).
        num_seeds: seeds of a step; all nodes are contrasted if None.
        num_hops: reach of a seed; 2 if None.
        max_nodes: most nodes that are contrasted in a step; 256 if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes N nodes; the loss takes O(B^2 D) time and O(B D) memory.

    Example:
        >>> method = SPGCL(in_channels=8, out_channels=16)
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
        dropout: float = 0.3,
        projection_activation: str = "prelu",
        top_k: int = 5,
        num_negatives: int = 100,
        num_seeds: int | None = None,
        num_hops: int | None = None,
        max_nodes: int | None = None,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
            "norm": norm,
        }
        width = 1024 if out_channels is None else out_channels
        defaults = {
            "hidden_channels": width,
            "out_channels": width,
            "num_layers": 2,
            "activation": "prelu",
            "dropout": dropout,
            "input_dropout": 0.0,
        }
        module, width = build_encoder(encoder, sizes, defaults)
        super().__init__(module)
        self.dropout = check_probability(dropout, "dropout")
        self.projector = ProjectionHead(width, activation=projection_activation)
        self.loss = SinglePass(top_k, num_negatives)
        if num_seeds is None and (num_hops, max_nodes) != (None, None):
            raise ValueError(
                f"num_hops={num_hops} and max_nodes={max_nodes} would be ignored without num_seeds"
            )
        self.num_seeds = None if num_seeds is None else check_int(num_seeds, "num_seeds", 1)
        self.num_hops = check_int(2 if num_hops is None else num_hops, "num_hops")
        self.max_nodes = check_int(256 if max_nodes is None else max_nodes, "max_nodes", 1)

    def step(self, batch: Data) -> Tensor:
        r"""Encode the graph once and return the loss of all nodes, or of those around seeds."""
        check_graph(batch)
        h = encode(self.encoder, with_sparse_features(batch, self.encoder, []))
        h = F.dropout(h, self.dropout, self.training)[seed_rows(batch)]
        if self.num_seeds is not None:
            h = h[self._around_seeds(batch, len(h))]
        return self.loss(self.projector(h.relu()))

    def _around_seeds(self, batch: Data, num_rows: int) -> Tensor:
        r"""Random rows, at most ``max_nodes``, in reach of random seeds."""
        device = batch.edge_index.device
        seeds = torch.randperm(num_rows, device=device)[: self.num_seeds]
        mask = reached(batch.edge_index, len(batch.x), seeds, self.num_hops)
        rows = mask[:num_rows].nonzero().view(-1)
        return rows[torch.randperm(len(rows), device=device)[: self.max_nodes]]
