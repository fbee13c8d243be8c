r"""GraphSAGE encoder with mean aggregation.

Legend: N nodes, M edges, F input width, D output width.
"""

from torch import nn
from torch_geometric.nn import SAGEConv

from gcl.encoders.base import StackedEncoder


class SAGE(StackedEncoder):
    r"""GraphSAGE encoder with mean aggregation (`Hamilton et al. <https://arxiv.org/abs/1706.02216>`_).

    .. math::
        h_i' = \sigma\Big(W_1 h_i + W_2 \frac{1}{|N(i)|} \sum_{j \in N(i)} h_j + b\Big)

    Edge weights are refused, since the layers would ignore them.
    Arguments, shapes and errors are those of :class:`~gcl.encoders.base.StackedEncoder`.

    Example:
        >>> encoder = SAGE(8, 32, 16, num_layers=2, norm="batch")
        >>> edge_index = torch.tensor([[0, 1], [1, 0]])
        >>> encoder(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 16])
    """

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return a ``SAGEConv``."""
        return SAGEConv(in_channels, out_channels)
