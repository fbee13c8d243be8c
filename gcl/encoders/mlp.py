r"""Encoder that reads the features and not the graph.

Legend: N nodes, F input width, D output width.
"""

from torch import Tensor, nn

from gcl.encoders.base import StackedEncoder
from gcl.functional.low_rank import LowRank


class MLP(StackedEncoder):
    r"""Multi-layer perceptron on each node's features, with the interface of a GNN.

    It stands in wherever an encoder is expected, so ``edge_index`` may be passed and is not read;
    methods that put the graph into the loss alone (PamC, SUGRL) use it.
    Arguments, shapes and errors are those of :class:`~gcl.encoders.base.StackedEncoder`.

    Example:
        >>> encoder = MLP(8, 32, 16)
        >>> encoder(torch.randn(3, 8)).shape
        torch.Size([3, 16])
    """

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return a ``Linear``."""
        return nn.Linear(in_channels, out_channels)

    def prepare(
        self, x: Tensor, edge_index: Tensor | LowRank | None, edge_weight: Tensor | None
    ) -> None:
        r"""Read nothing of the graph."""

    def apply_layer(self, layer: nn.Module, x: Tensor, graph: None) -> Tensor:
        r"""One linear map."""
        return layer(x)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor | LowRank | None = None,
        edge_weight: Tensor | None = None,
    ) -> Tensor:
        r"""Encode the nodes: x [N, F] -> [N, D]."""
        return super().forward(x, edge_index, edge_weight)  # type: ignore[arg-type]
