r"""GGD: graph group discrimination.

Legend: N nodes, F features, D embedding width.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch_geometric.data import Data

from gcl.augmenters import FeatureMask, FeatureShuffle
from gcl.checks import check_int
from gcl.encoders import build_encoder, encode
from gcl.functional import gcn_adjacency
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import at_least_float32
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.dgi import disjoint_union
from gcl.methods.sparse import with_sparse_features


class GroupDiscrimination(nn.Module):
    r"""Tell the group of real nodes from that of corrupted ones, one logit for each node.

    .. math::
        L = \frac{1}{2N} \sum_i \big[ \operatorname{softplus}(-g(h_i))
            + \operatorname{softplus}(g(\tilde h_i)) \big], \qquad
        g(h) = \textstyle\sum_c (W h + b)_c

    which is the binary cross-entropy of 2N logits. The sum over channels is taken of W and b
    first, in O(N D) instead of O(N D^2).

    Args:
        width: embedding width D.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, h: Tensor, h_corrupt: Tensor) -> Tensor:
        r"""Return the loss: [N, D], [N, D] -> scalar."""
        weight, bias = map(at_least_float32, (self.linear.weight, self.linear.bias))
        return _cross_entropy(h, h_corrupt, weight.sum(0), bias.sum())


@full_precision
def _cross_entropy(h: Tensor, h_corrupt: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    h, h_corrupt = map(at_least_float32, (h, h_corrupt))
    real, fake = h @ weight + bias, h_corrupt @ weight + bias
    return (softplus(-real).mean() + softplus(fake).mean()) / 2


class GGD(Method):
    r"""Tell a graph's nodes from those of a corruption, one by one (`Zheng et al. 2022
    <https://arxiv.org/abs/2206.01535>`_).

    Each step masks feature columns, and permutes the features that are left over the nodes for the
    corruption. Both graphs are encoded, a linear map and a sum over its channels give one logit for
    each node, and the loss is binary cross-entropy: no node is compared with another. Embeddings
    add a smooth part, :math:`H + \hat A^n H` with the normalised adjacency. The defaults are the
    authors' for citation graphs: one graph convolution, 512 wide, PReLU. Features are expected
    row-normalised (PyG's ``NormalizeFeatures``).

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers, if there are several; D if None.
        out_channels: width D of the embeddings; 512 if None.
        encoder: ``"gcn"``, ``"sage"``, ``"gin"``, ``"mlp"`` or a module ``(x, edge_index) -> h``.
        num_layers: layers of the named encoder; 1 if None.
        activation: activation of the named encoder; ``"prelu"`` if None.
        feature_mask: probability of masking a feature column.
        num_hops: n, how often embeddings are propagated; with 0, they are H alone.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored.

    Cost:
        A step encodes 2N nodes; the loss takes O(N D + D^2). Embedding adds n products with the
        adjacency.

    Example:
        >>> method = GGD(in_channels=8, out_channels=16)
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
        feature_mask: float = 0.2,
        num_hops: int = 5,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        width = 512 if out_channels is None else out_channels
        defaults = {"out_channels": width, "num_layers": 1, "activation": "prelu"}
        module, width = build_encoder(encoder, sizes, {**defaults, "hidden_channels": width})
        super().__init__(module)
        self.mask, self.corrupt = FeatureMask(feature_mask), FeatureShuffle()
        self.loss = GroupDiscrimination(width)
        self.num_hops = check_int(num_hops, "num_hops")

    def step(self, batch: Data) -> Tensor:
        r"""Mask and corrupt the graph and return the loss of telling both groups apart."""
        check_graph(batch)
        real = self.mask(with_sparse_features(batch, self.encoder, [self.mask, self.corrupt]))
        h, h_corrupt = encode(self.encoder, disjoint_union(real, self.corrupt(real))).chunk(2)
        rows = seed_rows(batch)
        return self.loss(h[rows], h_corrupt[rows])

    @torch.no_grad()
    def embed(self, data: Data, *, block_size: int | None = None) -> Tensor:
        r"""Embed the nodes of the graph as it is, in evaluation mode, and add their smooth part.

        Args:
            data: the whole graph.
            block_size: as in :meth:`gcl.methods.Method.embed`.

        Shapes:
            graph of N nodes -> [N, D]

        Raises:
            TypeError, ValueError: if features or edges are missing, not finite or out of range.
        """
        h = super().embed(data, block_size=block_size)
        if not self.num_hops:
            return h
        weight = data.get("edge_weight")
        adjacency, smooth = gcn_adjacency(data.edge_index, len(h), weight, dtype=h.dtype), h
        for _ in range(self.num_hops):
            smooth = adjacency @ smooth
        return h + smooth
