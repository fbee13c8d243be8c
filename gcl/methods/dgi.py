r"""DGI: Deep Graph Infomax.

Legend: N nodes, F features, D embedding width.
"""

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.augmenters import FeatureShuffle
from gcl.encoders import build_encoder, encode
from gcl.functional.sparse_features import stack_rows
from gcl.losses import LocalGlobal
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.sparse import with_sparse_features


class DGI(Method):
    r"""Tell a graph's nodes from those of a corruption, given the graph's summary (`Velickovic et
    al. 2019 <https://arxiv.org/abs/1809.10341>`_).

    The corruption permutes the features over the nodes and keeps the edges. Both graphs are
    encoded in one pass, as one disjoint union, so that a normalisation layer cannot tell them
    apart by their statistics. The defaults are the authors' for Cora: one graph convolution,
    512 wide, PReLU. Features are expected row-normalised (PyG's ``NormalizeFeatures``).

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers, if there are several; ``2 * out_channels``
            if None.
        out_channels: width D of the embeddings; 512 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 1 if None.
        activation: activation of the named encoder; ``"prelu"`` if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 2N nodes; the loss takes O(N D + D^2).

    Example:
        >>> method = DGI(in_channels=8, out_channels=16)
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
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        module, width = build_encoder(
            encoder, sizes, {"out_channels": 512, "num_layers": 1, "activation": "prelu"}
        )
        super().__init__(module)
        self.corrupt = FeatureShuffle()
        self.loss = LocalGlobal(width)

    def step(self, batch: Data) -> Tensor:
        r"""Corrupt the graph and return the loss of telling both apart."""
        check_graph(batch)
        real = with_sparse_features(batch, self.encoder, [self.corrupt])
        h, h_corrupt = encode(self.encoder, disjoint_union(real, self.corrupt(real))).chunk(2)
        rows = seed_rows(batch)
        graph = batch.get("batch")
        return self.loss(h[rows], h_corrupt[rows], None if graph is None else graph[rows])


def disjoint_union(first: Data, second: Data) -> Data:
    r"""One graph that holds the nodes of both, with no edge between them."""
    union = Data(
        x=stack_rows(first.x, second.x),
        edge_index=torch.cat([first.edge_index, second.edge_index + len(first.x)], dim=1),
    )
    if first.get("edge_weight") is not None:
        union.edge_weight = torch.cat([first.edge_weight, second.edge_weight])
    return union
