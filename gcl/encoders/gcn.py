r"""Graph convolutional encoder.

Legend: N nodes, M edges, F input width, D output width.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.nn import Linear

from gcl.checks import check_edge_index, check_flag, check_matrix
from gcl.encoders.base import StackedEncoder
from gcl.functional.csr import SparseMatrix
from gcl.functional.edges import plain
from gcl.functional.locality import check_order
from gcl.functional.low_rank import LowRank
from gcl.functional.propagate import gcn_adjacency, weighted_adjacency
from gcl.functional.sparse_features import WIDE, as_matrix, compress, take_rows


class GCNLayer(nn.Module):
    r"""One graph convolution :math:`\hat A X W^\top + b` on a normalised adjacency.

    Parameters, their names and their initialisation are those of PyG's ``GCNConv``.

    Args:
        in_channels: width F of the input.
        out_channels: width D of the output.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.lin = Linear(in_channels, out_channels, bias=False, weight_initializer="glorot")
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x: Tensor, adjacency: SparseMatrix | LowRank) -> Tensor:
        r"""Convolve: x [N, F], adjacency [N, N] -> [N, D]."""
        if self.propagates_first and x.layout == torch.strided:
            return torch.addmm(self.bias, adjacency @ x, self.lin.weight.t())
        return (adjacency @ self.transform(x)).add_(self.bias)

    def transform(self, x: Tensor) -> Tensor:
        r"""The linear map, as a sparse product where that is cheaper: [N, F] -> [N, D]."""
        if self.reads_sparse:
            x = compress(x)
        if x.layout == torch.sparse_csr:
            return as_matrix(x) @ self.lin.weight.t()
        return self.lin(x)

    @property
    def propagates_first(self) -> bool:
        r"""Whether the input is the narrower side, along which the sums over edges are cheaper."""
        return self.lin.in_channels < self.lin.out_channels

    @property
    def reads_sparse(self) -> bool:
        r"""Whether features that are mostly zero are worth storing sparsely for this layer."""
        return self.lin.out_channels >= WIDE and not self.propagates_first

    def reset_parameters(self) -> None:
        r"""Draw the weight anew and set the bias to zero."""
        self.lin.reset_parameters()
        nn.init.zeros_(self.bias)

    def extra_repr(self) -> str:
        r"""The bias; the widths are shown by the linear map."""
        return f"bias={len(self.bias)}"


class GCN(StackedEncoder):
    r"""Graph convolutional encoder (`Kipf and Welling <https://arxiv.org/abs/1609.02907>`_).

    .. math::
        H' = \sigma\big(\hat A H W + b\big), \qquad
        \hat A = \tilde D^{-1/2} (A + I) \tilde D^{-1/2}

    The default is the two-layer encoder of GRACE, GCA, CSGCL and others, activated after every
    layer including the last (they use ``hidden_channels = 2 * out_channels``).
    Arguments, shapes and errors are those of :class:`~gcl.encoders.base.StackedEncoder`.

    Values, gradients and the names of the weights are those of PyG's ``GCNConv``; the graph is
    sorted once for all layers, and no message per edge is stored
    (:func:`gcl.functional.gcn_adjacency`). Features that are mostly zero are multiplied as a
    sparse matrix, and may be given as a ``torch.sparse_csr`` tensor. In the place of
    ``edge_index``, a :class:`~gcl.functional.low_rank.LowRank` [N, N] is an adjacency that is
    multiplied as it is.

    Args:
        in_channels: as in the base class, and so are all options that are not listed here.
        hidden_channels: as in the base class.
        out_channels: as in the base class.
        num_layers: as in the base class.
        normalize: whether to propagate along :math:`\hat A`; else along the weights as they are,
            without self loops that are not among the edges, as along a diffusion.

    Example:
        >>> encoder = GCN(8, 32, 16, num_layers=2, norm="batch")
        >>> edge_index = torch.tensor([[0, 1], [1, 0]])
        >>> encoder(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 16])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | Sequence[int],
        out_channels: int,
        num_layers: int = 2,
        *,
        normalize: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, hidden_channels, out_channels, num_layers, **options)
        self.normalize = check_flag(normalize, "normalize")

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return a :class:`GCNLayer`."""
        return GCNLayer(in_channels, out_channels)

    def prepare(
        self, x: Tensor, edge_index: Tensor | LowRank, edge_weight: Tensor | None
    ) -> SparseMatrix | LowRank:
        r"""Normalise the adjacency, once for all layers."""
        if isinstance(edge_index, LowRank):
            return _check_low_rank(edge_index, len(x), edge_weight)
        make = gcn_adjacency if self.normalize else weighted_adjacency
        return make(edge_index, len(x), edge_weight, dtype=x.dtype)

    def prepare_rows(
        self, x: Tensor, edge_index: Tensor, edge_weight: Tensor | None
    ) -> SparseMatrix | LowRank:
        r"""Normalise the adjacency, once for all layers."""
        return self.prepare(x, edge_index, edge_weight)

    def row_starts(self, graph: SparseMatrix) -> Tensor:
        r"""Place of the first entry of each row of the adjacency, and their number: [N + 1]."""
        return graph.pattern.start

    def before_rows(self, layer: Any, x: Tensor, blocks: Iterable[slice]) -> Tensor:
        r"""The linear map of all nodes block by block, where the layer starts with it."""
        if layer.propagates_first and x.layout == torch.strided:
            return x
        if x.layout != torch.strided:
            return layer.transform(x)
        z = x.new_empty(len(x), layer.lin.out_channels)
        for rows in blocks:
            z[rows] = layer.transform(x[rows])
        return z

    def apply_rows(self, layer: Any, x: Tensor, graph: SparseMatrix, rows: slice) -> Tensor:
        r"""The output of one layer for a range of nodes: [R, D]."""
        out = graph.rows(rows.start, rows.stop) @ x
        if x.size(1) == layer.lin.in_channels and layer.propagates_first:
            return torch.addmm(layer.bias, out, layer.lin.weight.t())
        return out + layer.bias

    @property
    def reads_sparse(self) -> bool:
        r"""Whether it is worth storing features that are mostly zero sparsely."""
        return bool(self.layers[0].reads_sparse) and not (self.input_dropout.p or self.skip)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor | LowRank,
        edge_weight: Tensor | None = None,
        *,
        order: Tensor | None = None,
    ) -> Tensor:
        r"""Encode the nodes: x [N, F] dense or CSR, edge_index [2, M] or low rank [N, N] -> [N, D].

        ``order`` [N] is an order of the nodes in which they are stored while they are encoded, as
        :func:`gcl.functional.locality_order` finds one; rows of the result stand as in ``x``.
        """
        dense = self.input_dropout.p or self.skip
        if isinstance(x, Tensor) and x.layout != torch.strided and dense:
            x = x.to_dense()
        if order is None:
            return super().forward(x, edge_index, edge_weight)
        check_matrix(x, "x", finite=False)
        if isinstance(edge_index, LowRank):
            raise ValueError("order must be None with an adjacency of low rank: it has no edges")
        place = check_order(order, len(x)).argsort()  # of each node
        moved = place[check_edge_index(plain(edge_index), len(x)).long()]
        return super().forward(take_rows(x, order), moved, edge_weight)[place]


def _check_low_rank(adjacency: LowRank, num_nodes: int, edge_weight: Tensor | None) -> LowRank:
    if edge_weight is not None:
        raise ValueError("edge_weight must be None with an adjacency of low rank: it has no edges")
    if adjacency.shape != (num_nodes, num_nodes):
        raise ValueError(
            f"edge_index of low rank must be {num_nodes} x {num_nodes}, got {adjacency.shape}"
        )
    return adjacency
