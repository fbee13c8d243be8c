r"""Neighbours of all nodes at once, without a loop over nodes.

Legend: N nodes, M edges, K neighbours of a node, S seeds.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, describe
from gcl.functional.csr import Pattern, SparseMatrix, row_products, sort_entries


def self_and_neighbors(edge_index: Tensor, num_nodes: int) -> Pattern:
    r"""List for every node i the sources of the edges into i, and i itself, once each.

    Args:
        edge_index: edges from its first row to its second; self loops and repeats count once.
        num_nodes: number of nodes N.

    Shapes:
        edge_index [2, M] -> pattern [N, N], row by row

    Cost: one sort of N + M integers.
    """
    check_edge_index(edge_index, num_nodes)
    nodes = torch.arange(num_nodes, device=edge_index.device)
    source, target = torch.cat([edge_index.long(), nodes.expand(2, -1)], dim=1)
    code = torch.unique(target * num_nodes + source)
    return sort_entries(code // num_nodes, code % num_nodes, (num_nodes, num_nodes))[0]


def cyclic_neighbors(pattern: Pattern, offsets: Tensor) -> Tensor:
    r"""Take from every row of a pattern the entries at ``offsets``, counted round and round.

    Args:
        pattern: entries row by row, one or more in every row.
        offsets: places in a row, taken modulo its length.

    Shapes:
        offsets [K] -> columns [N, K]

    Example:
        >>> path = self_and_neighbors(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), 3)
        >>> cyclic_neighbors(path, torch.tensor([0, 1, 2]))
        tensor([[0, 1, 0],
                [0, 1, 2],
                [1, 2, 1]])
    """
    start = pattern.start.long()
    place = start[:-1, None] + offsets % start.diff()[:, None]
    return pattern.column.long()[place]


def mean_rows(x: Tensor, index: Tensor) -> Tensor:
    r"""Average K rows of ``x`` for every row of ``index``, without gathering them.

    Args:
        x: rows to average.
        index: rows of ``x`` to take; a row may occur repeatedly.

    Shapes:
        x [N, D], index [B, K] with K of 1 or more -> [B, D]

    Cost: O(B K D) time, O(B D) memory; B K numbers are sorted for the gradient.

    Example:
        >>> mean_rows(torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([[0, 2], [1, 1]]))
        tensor([[1.],
                [1.]])
    """
    count, k = index.shape
    pattern = Pattern(_rows(index), index.flatten(), (count, len(x)))
    return SparseMatrix(pattern, x.new_full((count * k,), 1 / k)) @ x


def products_at(a: Tensor, b: Tensor, index: Tensor) -> Tensor:
    r"""Multiply every row of ``a`` with K rows of ``b``, without gathering them.

    Args:
        a: rows.
        b: rows of the same width and dtype.
        index: for every row of ``a`` the rows of ``b``; a row may occur repeatedly.

    Shapes:
        a [B, D], b [N, D], index [B, K] -> inner products [B, K]

    Cost: O(B K D) time and O(B K) memory; B K numbers are sorted, and once more for the gradient.

    Example:
        >>> products_at(torch.eye(2), torch.eye(2), torch.tensor([[0, 1, 0], [1, 1, 0]]))
        tensor([[1., 0., 1.],
                [1., 1., 0.]])
    """
    return row_products(a, b, torch.stack([_rows(index), index.flatten()])).view(index.shape)


def _rows(index: Tensor) -> Tensor:
    r"""The row of each entry of ``index`` [B, K], listed row by row: [B K]."""
    return torch.arange(len(index), device=index.device).repeat_interleave(index.size(1))


def reached(edge_index: Tensor, num_nodes: int, seeds: Tensor, num_hops: int) -> Tensor:
    r"""Tell which nodes lie at most ``num_hops`` edges away from one of the seeds.

    Args:
        edge_index: edges, walked from either end.
        num_nodes: number of nodes N.
        seeds: nodes to start from.
        num_hops: longest path, 0 or more.

    Shapes:
        edge_index [2, M], seeds [S] -> booleans [N]

    Raises:
        TypeError, ValueError: for edges or seeds that are no nodes, or a negative ``num_hops``.

    Cost: O((N + M) ``num_hops``).

    Example:
        >>> reached(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4, torch.tensor([1]), 1)
        tensor([ True,  True,  True, False])
    """
    check_edge_index(edge_index, num_nodes)
    check_int(num_hops, "num_hops")
    if seeds.numel() and not (int(seeds.min()) >= 0 and int(seeds.max()) < num_nodes):
        raise ValueError(f"seeds must lie in [0, {num_nodes}), got {describe(seeds)}")
    mask = torch.zeros(num_nodes, dtype=torch.bool, device=edge_index.device)
    mask[seeds] = True
    source, target = edge_index
    for _ in range(num_hops):
        out, back = target[mask[source]], source[mask[target]]
        mask[out] = True
        mask[back] = True
    return mask
