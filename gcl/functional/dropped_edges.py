r"""Bounds of the normalised adjacency of a graph that loses edges.

Legend: N nodes, M edges, D width, r and c chosen rows and columns.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import relu

from gcl.functional.bounds import Bounds
from gcl.functional.csr import Pattern, SparseMatrix
from gcl.functional.draws import check_probabilities
from gcl.functional.edges import plain
from gcl.functional.submatrix import submatrix


class AdjacencyBounds(NamedTuple):
    r"""What the normalised adjacency lies between, whichever admissible edges are dropped.

    The lower bound is 0 but on the diagonal, which stays positive.

    Attributes:
        upper: the greatest entries, [r, c].
        lower: the least entries on the diagonal, [r, 1].
        own: the column of each row's own node, [r]; the row's number if None.
    """

    upper: SparseMatrix
    lower: Tensor
    own: Tensor | None = None

    def apply(self, x: Bounds, bias: Tensor | float = 0.0) -> Bounds:
        r"""Bounds of the product with x, plus a bias: bounds [c, D], bias [D] -> bounds [r, D]."""
        above = relu(x.upper)
        below = above if x.lower is x.upper else relu(x.lower)
        least = self.upper @ (x.lower - below)
        most = self.upper @ above
        least = torch.addcmul(least, self.lower, self._own(below)).add_(bias)
        return Bounds(least, torch.addcmul(most, self.lower, self._own(x.upper - above)).add_(bias))

    def restrict(self, rows: Tensor, columns: Tensor | None = None) -> "AdjacencyBounds":
        r"""The bounds of some rows of the whole matrix, and of some of its columns.

        Args:
            rows: rows to take, [r].
            columns: columns to take, in ascending order, the rows' own among them; all if None.
        """
        own = rows if columns is None else torch.searchsorted(columns, rows)
        return AdjacencyBounds(submatrix(self.upper, rows, columns), self.lower[rows], own)

    def _own(self, x: Tensor) -> Tensor:
        return x if self.own is None else x.index_select(0, self.own)


def adjacency_bounds(
    pattern: Pattern, lost: Tensor, dtype: torch.dtype = torch.float32
) -> AdjacencyBounds:
    r"""Bound the normalised adjacency over all droppings that take few edges from every node
    (`POT <https://arxiv.org/abs/2309.13944>`_).

    .. math::
        \hat A^U_{ij} = \frac{\tilde A_{ij}}{\sqrt{(\tilde d_i - q_i)(\tilde d_j - q_j)}},
        \qquad \hat A^L_{ij} = \frac{[i = j]}{\tilde d_i}

    With q = 0, the upper bound is the normalised adjacency without dropping.

    Args:
        pattern: entries of the adjacency without dropping, with self loops, as
            :func:`~gcl.functional.gcn_adjacency` lists them.
        lost: the most edges q that dropping takes from the edges into each node, fewer than these.
        dtype: of the bounds.

    Shapes:
        pattern [N, N], lost [N]

    Example:
        >>> pattern = Pattern(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1]), (2, 2))
        >>> bounds = adjacency_bounds(pattern, torch.tensor([1, 0]))
        >>> bounds.upper @ torch.eye(2)
        tensor([[1.0000, 0.7071],
                [0.7071, 0.5000]])

    Cost: O(N + M).
    """
    degree = pattern.start.diff().to(dtype)
    scale = (degree - lost.to(dtype)).rsqrt()
    value = scale.index_select(0, pattern.row) * scale.index_select(0, pattern.column)
    return AdjacencyBounds(SparseMatrix(pattern, value), degree.reciprocal()[:, None])


def most_lost(edge_index: Tensor, p: float | Tensor, num_nodes: int) -> Tensor:
    r"""How many of the edges into each node are counted as dropped at most.

    .. math::
        q_i = \min\Big( \max(d_i - 1, 0),\ \operatorname{round} \sum_{e \to i} p_e \Big)

    That is the number expected to be dropped, rounded, but one edge of the :math:`d_i` always
    stays. Self loops do not count: the adjacency gets one at every node anyway.

    Args:
        edge_index: edges from its first row to its second.
        p: probability of dropping an edge, or one for each.
        num_nodes: N.

    Shapes:
        edge_index [2, M], p a number or [M] -> [N]

    Example:
        >>> most_lost(torch.tensor([[0, 1, 2, 0], [3, 3, 3, 1]]), 0.5, 4)
        tensor([0., 0., 0., 2.], dtype=torch.float64)
    """
    source, target = plain(edge_index)
    p = check_probabilities(p, len(source), source.device)
    counts = source != target
    degree = torch.bincount(target[counts], minlength=num_nodes).double()
    expected = degree * p if not isinstance(p, Tensor) else torch.zeros_like(degree)
    if isinstance(p, Tensor):
        expected.index_add_(0, target[counts], p[counts].double())
    return torch.minimum((degree - 1).clamp_min(0), expected.round())
