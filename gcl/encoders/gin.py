r"""Graph isomorphism encoder.

Legend: N nodes, M edges, F input width, D output width.
"""

from torch import nn
from torch_geometric.nn import GINConv

from gcl.encoders.base import StackedEncoder


class GIN(StackedEncoder):
    r"""Graph isomorphism encoder (`Xu et al. <https://arxiv.org/abs/1810.00826>`_).

    .. math::
        h_i' = \sigma\Big(\mathrm{MLP}\Big((1 + \epsilon) h_i + \sum_{j \in N(i)} h_j\Big)\Big)

    with a two-layer ReLU network and :math:`\epsilon = 0`. Edge weights are refused, since the
    layers would ignore them.
    Arguments, shapes and errors are those of :class:`~gcl.encoders.base.StackedEncoder`.

    Example:
        >>> encoder = GIN(8, 32, 16, num_layers=2, norm="batch")
        >>> edge_index = torch.tensor([[0, 1], [1, 0]])
        >>> encoder(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 16])
    """

    def make_layer(self, in_channels: int, out_channels: int) -> nn.Module:
        r"""Return a ``GINConv``."""
        return GINConv(
            nn.Sequential(
                nn.Linear(in_channels, out_channels),
                nn.ReLU(),
                nn.Linear(out_channels, out_channels),
            )
        )
