r"""A number for every edge, from the embeddings of its ends.

Legend: N nodes, M edges, D embedding width, H hidden width.
"""

from torch import Tensor, nn
from torch.nn.functional import linear

from gcl.checks import check_int
from gcl.functional.edges import plain


class EdgeScorer(nn.Module):
    r"""Apply a two-layer ReLU network to :math:`[h_i \| h_j]` for every edge (i, j).

    Args:
        in_channels: embedding width D.
        hidden_channels: hidden width H.

    Shapes:
        h [N, D], edge_index [2, M] -> [M]

    Cost: O(N D H + M H): the first layer maps each node once for either end, not each edge.
    """

    def __init__(self, in_channels: int, hidden_channels: int = 64) -> None:
        super().__init__()
        check_int(in_channels, "out_channels", minimum=1)  # as the caller knows it: the encoder's
        check_int(hidden_channels, "hidden_channels", minimum=1)
        self.first = nn.Linear(2 * in_channels, hidden_channels)
        self.last = nn.Linear(hidden_channels, 1)

    def forward(self, h: Tensor, edge_index: Tensor) -> Tensor:
        r"""Score the edges."""
        source, target = plain(edge_index)
        left, right = self.first.weight.chunk(2, dim=1)
        start = linear(h, left, self.first.bias).index_select(0, source)  # [M, H]
        end = linear(h, right).index_select(0, target)  # [M, H]
        return self.last((start + end).relu()).squeeze(1)
