r"""Encoder that reads the features and not the graph.

Legend: N nodes, F input width, D output width.
"""

import torch
from torch import Tensor, nn

from gcl.encoders.base import StackedEncoder
from gcl.functional.low_rank import LowRank
from gcl.functional.sparse_features import WIDE, as_matrix, take_rows


class MLPLayer(nn.Linear):
    r"""A ``Linear`` that multiplies features in the CSR layout as a sparse matrix."""

    def forward(self, x: Tensor) -> Tensor:
        r"""One linear map: x [N, F] dense or CSR -> [N, D]."""
        if x.layout != torch.sparse_csr:
            return super().forward(x)
        return as_matrix(x) @ self.weight.t() + self.bias

    @property
    def reads_sparse(self) -> bool:
        r"""Whether features that are mostly zero are worth storing sparsely for this layer."""
        return self.out_features >= WIDE


class MLP(StackedEncoder):
    r"""Multi-layer perceptron on each node's features, with the interface of a GNN.

    It stands in wherever an encoder is expected, so ``edge_index`` may be passed and is not read;
    methods that put the graph into the loss alone (PamC, SUGRL) use it.
    Arguments, shapes and errors are those of :class:`~gcl.encoders.base.StackedEncoder`. Features
    may be given as a ``torch.sparse_csr`` tensor and are then multiplied as a sparse matrix.

    Example:
        >>> encoder = MLP(8, 32, 16)
        >>> encoder(torch.randn(3, 8)).shape
        torch.Size([3, 16])
    """

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return a :class:`MLPLayer`."""
        return MLPLayer(in_channels, out_channels)

    def prepare(
        self, x: Tensor, edge_index: Tensor | LowRank | None, edge_weight: Tensor | None
    ) -> None:
        r"""Read nothing of the graph."""

    def apply_layer(self, layer: nn.Module, x: Tensor, graph: None) -> Tensor:
        r"""One linear map."""
        return layer(x)

    def prepare_rows(
        self, x: Tensor, edge_index: Tensor | None, edge_weight: Tensor | None
    ) -> None:
        r"""Read nothing of the graph."""

    def row_starts(self, graph: None) -> None:
        r"""There are no edges."""

    def apply_rows(self, layer: nn.Module, x: Tensor, graph: None, rows: slice) -> Tensor:
        r"""One linear map of a range of nodes: [R, D]."""
        if x.layout == torch.strided:
            return layer(x[rows])
        return layer(take_rows(x, torch.arange(rows.start, rows.stop, device=x.device)))

    @property
    def reads_sparse(self) -> bool:
        r"""Whether it is worth storing features that are mostly zero sparsely."""
        return bool(self.layers[0].reads_sparse) and not (self.input_dropout.p or self.skip)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor | LowRank | None = None,
        edge_weight: Tensor | None = None,
    ) -> Tensor:
        r"""Encode the nodes: x [N, F] dense or CSR -> [N, D]."""
        dense = self.input_dropout.p or self.skip
        if isinstance(x, Tensor) and x.layout == torch.sparse_csr and dense:
            x = x.to_dense()
        return super().forward(x, edge_index, edge_weight)  # type: ignore[arg-type]
