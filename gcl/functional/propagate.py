r"""Propagation of graph convolutional networks by a normalised sparse adjacency.

Legend: N nodes, M edges, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, check_matrix, describe
from gcl.functional.csr import Pattern, SparseMatrix, sort_entries
from gcl.functional.edges import plain


def gcn_propagate(x: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None) -> Tensor:
    r"""Multiply node features by the symmetrically normalised adjacency with self loops (`Kipf and
    Welling 2017 <https://arxiv.org/abs/1609.02907>`_).

    .. math::
        \hat A x = \tilde D^{-1/2} \tilde A \tilde D^{-1/2} x

    The result and its gradients, also that of ``edge_weight``, are those of PyG's ``GCNConv``
    without its linear map, but for several self loops of one node: of these the last counts, and
    it alone has a gradient. To use one graph several times, build :func:`gcn_adjacency` once.

    Args:
        x: node features.
        edge_index: edges from its first row to its second, in any order.
        edge_weight: weight of each edge; all 1 if None.

    Shapes:
        x [N, D], edge_index [2, M], edge_weight [M] or None -> [N, D]

    Raises:
        TypeError, ValueError: for tensors of the wrong kind or shape, edges out of range, or
            weights that give a node a negative degree.

    Cost: O((N + M) D) time, and the memory of the result.

    Example:
        >>> gcn_propagate(torch.tensor([[2.0], [4.0]]), torch.tensor([[0], [1]])).shape
        torch.Size([2, 1])
    """
    check_matrix(x, "x", finite=False)
    return gcn_adjacency(edge_index, len(x), edge_weight, dtype=x.dtype) @ x


def gcn_adjacency(
    edge_index: Tensor,
    num_nodes: int,
    edge_weight: Tensor | None = None,
    *,
    dtype: torch.dtype = torch.float32,
) -> SparseMatrix:
    r"""The normalised adjacency :math:`\hat A` of a graph, with one self loop at every node.

    The rules are those of PyG's ``gcn_norm``: row i of the matrix holds the edges into node i;
    parallel edges add up; a node that has a self loop keeps its weight (the last one's, if it has
    several), every other node gets one of weight 1; degrees count the edges into a node; a node of
    degree 0 neither sends nor receives.

    Args:
        edge_index: edges from its first row to its second, in any order.
        num_nodes: number of nodes N.
        edge_weight: weight of each edge; all 1 if None.
        dtype: of the features that the matrix will multiply; values are kept in at least float32.

    Shapes:
        edge_index [2, M], edge_weight [M] or None -> sparse [N, N]

    Raises:
        TypeError, ValueError: as :func:`gcn_propagate`.

    Cost: a sort of N + M integers, and one more for the first backward pass.

    Example:
        >>> gcn_adjacency(torch.tensor([[0], [1]]), 2) @ torch.tensor([[2.0], [4.0]])
        tensor([[2.0000],
                [3.4142]])
    """
    pattern, weight, degree = looped_adjacency(edge_index, num_nodes, edge_weight, dtype=dtype)
    scale = _inverse_root(degree)
    value = scale.index_select(0, pattern.row) * scale.index_select(0, pattern.column)
    return SparseMatrix(pattern, value if weight is None else value * weight)


def weighted_adjacency(
    edge_index: Tensor,
    num_nodes: int,
    edge_weight: Tensor | None = None,
    *,
    dtype: torch.dtype = torch.float32,
) -> SparseMatrix:
    r"""The adjacency of a graph as it is: no self loops are added, and nothing is normalised.

    Row i of the matrix holds the weights of the edges into node i; parallel edges add up. Along a
    diffusion (:func:`diffuse`) it is this matrix that features are multiplied by.

    Args:
        edge_index: edges from its first row to its second, in any order.
        num_nodes: number of nodes N.
        edge_weight: weight of each edge; all 1 if None.
        dtype: of the features that the matrix will multiply; values are kept in at least float32.

    Shapes:
        edge_index [2, M], edge_weight [M] or None -> sparse [N, N]

    Raises:
        TypeError, ValueError: for tensors of the wrong kind or shape, or edges out of range.

    Cost: a sort of M integers, and one more for the first backward pass.

    Example:
        >>> weighted_adjacency(torch.tensor([[0], [1]]), 2) @ torch.tensor([[2.0], [4.0]])
        tensor([[0.],
                [2.]])
    """
    check_int(num_nodes, "num_nodes")
    source, target = check_edge_index(plain(edge_index), num_nodes)
    dtype = torch.promote_types(dtype, torch.float32)
    weight = _check_weight(edge_weight, source, dtype)
    pattern, order = sort_entries(target, source, (num_nodes, num_nodes))
    if weight is None:
        return SparseMatrix(pattern, torch.ones(len(order), dtype=dtype, device=order.device))
    return SparseMatrix(pattern, weight.index_select(0, order))


def looped_adjacency(
    edge_index: Tensor,
    num_nodes: int,
    edge_weight: Tensor | None = None,
    *,
    dtype: torch.dtype = torch.float32,
) -> tuple[Pattern, Tensor | None, Tensor]:
    r"""The adjacency with one self loop at every node, by the rules of :func:`gcn_adjacency`.

    Returns:
        Where its entries stand; what they are, None if all are 1; and the sum of each row: [N].
    """
    check_int(num_nodes, "num_nodes")
    source, target = check_edge_index(plain(edge_index), num_nodes)
    weight = _check_weight(edge_weight, source, torch.promote_types(dtype, torch.float32))
    is_loop = source == target
    if weight is not None:
        weight = _weights_with_loops(weight, source, is_loop, num_nodes)
    source, target = _ends_with_loops(source, target, is_loop, num_nodes)
    pattern, order = sort_entries(target, source, (num_nodes, num_nodes))
    if weight is None:
        return pattern, None, pattern.start.diff().to(torch.promote_types(dtype, torch.float32))
    weight = weight.index_select(0, order)
    degree = weight.new_zeros(num_nodes).index_add(0, pattern.row, weight)
    _check_degree(degree)
    return pattern, weight, degree


def _ends_with_loops(
    source: Tensor, target: Tensor, is_loop: Tensor, num_nodes: int
) -> tuple[Tensor, Tensor]:
    r"""Replace the self loops by exactly one at every node, listed last."""
    if is_loop.any():
        kept = (~is_loop).nonzero().view(-1)
        source, target = source.index_select(0, kept), target.index_select(0, kept)
    nodes = torch.arange(num_nodes, dtype=source.dtype, device=source.device)
    return torch.cat([source, nodes]), torch.cat([target, nodes])


def _weights_with_loops(weight: Tensor, source: Tensor, is_loop: Tensor, num_nodes: int) -> Tensor:
    r"""Weights of what :func:`_ends_with_loops` lists."""
    loops = weight.new_ones(num_nodes)
    if is_loop.any():
        place = is_loop.nonzero().view(-1)  # ascending: the largest is the last of a node
        last = source.new_full((num_nodes,), -1, dtype=torch.long)
        last = last.scatter_reduce(0, source[is_loop].long(), place, "amax")
        loops = torch.where(last < 0, loops, weight[last.clamp(min=0)])
    return torch.cat([weight[~is_loop], loops])


def _inverse_root(degree: Tensor) -> Tensor:
    r"""1 / sqrt(degree), and 0 with gradient 0 for degree 0: [N]."""
    isolated = degree == 0
    return degree.masked_fill(isolated, 1).rsqrt().masked_fill(isolated, 0)


def _check_weight(weight: Tensor | None, source: Tensor, dtype: torch.dtype) -> Tensor | None:
    if weight is None:
        return None
    if not isinstance(weight, Tensor) or not weight.is_floating_point():
        raise TypeError(f"edge_weight must be a floating-point tensor [M], got {describe(weight)}")
    if weight.shape != source.shape:
        raise ValueError(f"edge_weight must have shape [{len(source)}], got {describe(weight)}")
    return weight.to(dtype)


def _check_degree(degree: Tensor) -> None:
    negative = (degree < 0).nonzero()
    if len(negative):
        node = int(negative[0])
        raise ValueError(
            f"edge_weight must give every node a degree of at least 0, got "
            f"{degree[node].item():g} at node {node}"
        )
