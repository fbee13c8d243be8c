r"""Random removal of edges.

Legend: N nodes, M edges (columns of ``edge_index``).
"""

import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from gcl.checks import check_edge_index, describe
from gcl.functional.draws import check_probabilities, keep_mask


def drop_edges(
    edge_index: Tensor,
    p: float | Tensor = 0.5,
    *,
    undirected: bool = False,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Drop every edge independently with probability ``p``.

    This is the edge removal of `GRACE <https://arxiv.org/abs/2006.04131>`_, which draws the two
    directions of an undirected edge independently; ``undirected=True`` draws once per pair.

    Args:
        edge_index: Edges, integer tensor. Entries are not checked against a number of nodes.
        p: Probability in [0, 1] of dropping an edge, or one per edge. Default 0.5.
        undirected: Give all columns that join the same two nodes, in either direction and any
            order, one common draw. A per-edge ``p`` must then agree within each pair.
        generator: Source of randomness. Default: torch's global generator.

    Shapes:
        - **edge_index:** :math:`[2, M]`; **p:** a number or :math:`[M]`
        - **returns:** :math:`[2, M']` and the mask :math:`[M]`, True where an edge is kept

    Returns:
        The kept edges in their old order, and the mask that selects them. An ``EdgeIndex`` stays
        one and keeps its sort order.

    Raises:
        TypeError: for an ``edge_index`` or ``p`` of the wrong kind.
        ValueError: for a wrong shape, ``p`` outside [0, 1], or ``p`` that differs within a pair.

    Example:
        >>> drop_edges(torch.tensor([[0, 1], [1, 2]]), p=1.0)[1]
        tensor([False, False])

    Cost: O(M), and one sort of M numbers with ``undirected=True``.
    """
    _check_layout(edge_index)
    p = check_probabilities(p, edge_index.size(1), edge_index.device)
    if undirected:
        mask = _keep_pairs(edge_index, p, generator)
    else:
        mask = keep_mask(p, edge_index.size(1), edge_index.device, generator)
    return edge_index[:, mask], mask


def _keep_pairs(edge_index: Tensor, p: float | Tensor, generator: torch.Generator | None) -> Tensor:
    count, pair_of = number_pairs(edge_index)
    if isinstance(p, Tensor):
        per_pair = p.new_zeros(count).scatter_(0, pair_of, p)
        if not torch.equal(per_pair[pair_of], p):
            raise ValueError("p must be equal in both directions of an edge if undirected=True")
        p = per_pair
    return keep_mask(p, count, edge_index.device, generator)[pair_of]


def number_pairs(edge_index: Tensor) -> tuple[int, Tensor]:
    r"""How many pairs of nodes the columns join, in either direction, and the pair of each: [M]."""
    pairs, pair_of = _pair_codes(plain(edge_index)).unique(return_inverse=True)
    return len(pairs), pair_of


def _pair_codes(edge_index: Tensor) -> Tensor:
    r"""A number for each column that is the same for (u, v) and (v, u), and else distinct."""
    if not edge_index.numel():
        return edge_index.new_zeros(0, dtype=torch.long)
    nodes = int(edge_index.max()) + 1
    u, v = check_edge_index(edge_index, nodes).long()
    return torch.minimum(u, v) * nodes + torch.maximum(u, v)


def plain(edge_index: Tensor) -> Tensor:
    r"""The tensor inside a ``torch_geometric.EdgeIndex``, anything else as it is."""
    return edge_index.as_tensor() if isinstance(edge_index, EdgeIndex) else edge_index


def _check_layout(edge_index: Tensor) -> None:
    # Shape and type only: indices are not followed here, and min/max would double the cost.
    if not isinstance(edge_index, Tensor) or edge_index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"edge_index must be an integer tensor [2, M], got {describe(edge_index)}")
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(f"edge_index must have shape [2, M], got {describe(edge_index)}")
