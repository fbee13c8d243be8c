r"""The edges of a weighted graph by pairs of nodes.

Legend: N nodes, M edges, P pairs of different nodes with an edge in one direction or both.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, describe
from gcl.functional.csr import Pattern, sort_entries
from gcl.functional.edges import plain


@dataclass(frozen=True, eq=False)
class PositivePairs:
    r"""A weight matrix :math:`\Gamma` [N, N] by pairs of nodes i < j.

    Made by :func:`positive_pairs`; serves any number of calls of
    :func:`~gcl.functional.positive_sums.log_positive_sums`.

    Args:
        pattern: the pairs, row by row.
        forth: :math:`\Gamma_{ij}` of each pair, [P].
        back: :math:`\Gamma_{ji}` of each pair, [P].
        own: :math:`\Gamma_{ii}`, [N].
    """

    pattern: Pattern
    forth: Tensor
    back: Tensor
    own: Tensor


def positive_pairs(
    edge_index: Tensor, num_nodes: int, edge_weight: Tensor | None = None
) -> PositivePairs:
    r"""Sort weighted edges into pairs.

    Args:
        edge_index: edges from j to i, in any order; parallel ones add up. The second row holds the
            anchors i, as :func:`~gcl.functional.influence` gives them.
        num_nodes: number of nodes N.
        edge_weight: weight :math:`\Gamma_{ij}` of each edge, 0 or above; all 1 if None. No
            gradient flows back.

    Shapes:
        edge_index [2, M], edge_weight [M] or None

    Raises:
        TypeError, ValueError: for edges or weights of the wrong kind or out of range, or a node
            that no edge of a weight above 0 leads to.

    Cost: a sort of M integers.

    Example:
        >>> pairs = positive_pairs(torch.tensor([[0, 1, 0], [1, 0, 0]]), 2)
        >>> pairs.forth, pairs.own
        (tensor([1.]), tensor([1., 0.]))
    """
    check_int(num_nodes, "num_nodes")
    j, i = check_edge_index(plain(edge_index), num_nodes).long()
    weight = _check_weight(edge_weight, i)
    _check_anchors(weight.new_zeros(num_nodes).index_add_(0, i, weight))
    loop = i == j
    own = weight.new_zeros(num_nodes).index_add_(0, i[loop], weight[loop])
    i, j, weight = i[~loop], j[~loop], weight[~loop]
    codes, pair = (torch.minimum(i, j) * num_nodes + torch.maximum(i, j)).unique(
        return_inverse=True
    )
    up = i < j
    forth, back = weight.new_zeros(2, len(codes))
    forth.index_add_(0, pair[up], weight[up])
    back.index_add_(0, pair[~up], weight[~up])
    size = max(num_nodes, 1)
    pattern, _ = sort_entries(codes // size, codes % size, (num_nodes, num_nodes))
    return PositivePairs(pattern, forth, back, own)


def _check_weight(weight: Tensor | None, anchor: Tensor) -> Tensor:
    if weight is None:
        return torch.ones(len(anchor), device=anchor.device)
    if not isinstance(weight, Tensor) or not weight.is_floating_point():
        raise TypeError(f"edge_weight must be a floating-point tensor [M], got {describe(weight)}")
    if weight.shape != anchor.shape:
        raise ValueError(f"edge_weight must have shape [{len(anchor)}], got {describe(weight)}")
    bad = (~((weight >= 0) & (weight < torch.inf))).nonzero()
    if len(bad):
        raise ValueError(f"edge_weight must be finite, 0 or above, got {weight[bad[0]].item()}")
    return weight.detach().to(torch.promote_types(weight.dtype, torch.float32))


def _check_anchors(total: Tensor) -> None:
    without = (total == 0).nonzero()
    if len(without):
        raise ValueError(
            f"edge_index must lead to every node, as a row without a positive has no loss; "
            f"got no edge of a weight above 0 to node {int(without[0])}"
        )
