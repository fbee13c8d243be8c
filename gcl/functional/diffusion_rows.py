r"""Rows of diffusions of a random walk, a block at a time.

A walk leaves node s along row s of the stochastic matrix P; row s of a diffusion is where it stands
after a random number of steps. Exact rows are dense, pushed rows are sparse.

Legend: N nodes, B rows of a block, K steps.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu
from scipy.special import gammainc, gammaln
from torch import Tensor

from gcl.functional.propagate import looped_adjacency

DenseRows = Callable[[int, int], np.ndarray]
SparseRows = Callable[[int, int], csr_array]

_DENSE_ROWS = 256
_ENTRIES = 2_000_000  # of a sparse block; with what a product needs beside it, some 100 MB


class Walk(NamedTuple):
    r"""Step probabilities P [N, N] of a random walk on a graph, and the degrees [N]."""

    matrix: csr_array
    degree: np.ndarray


@torch.no_grad()
def random_walk(edge_index: Tensor, num_nodes: int, edge_weight: Tensor | None) -> Walk:
    r"""The walk :math:`P = \tilde D^{-1} \tilde A` against the direction of edges."""
    pattern, weight, degree = looped_adjacency(
        edge_index, num_nodes, edge_weight, dtype=torch.float64
    )
    divisor = degree.masked_fill(degree == 0, 1)
    value = (degree > 0)[pattern.column] / divisor[pattern.row]  # nothing reaches degree 0
    value = value if weight is None else value * weight
    entries = tuple(t.cpu().numpy() for t in (value, pattern.column, pattern.start))
    matrix = csr_array(entries, shape=pattern.shape)
    matrix.sum_duplicates()
    return Walk(matrix, divisor.cpu().numpy())


def exact_ppr(walk: Walk, alpha: float) -> DenseRows:
    r"""Rows of :math:`\alpha (I - (1 - \alpha) P)^{-1}`, from a sparse LU decomposition."""
    system = eye_array(len(walk.degree), format="csc") - (1 - alpha) * walk.matrix.tocsc()
    solve = splu(system).solve
    return lambda start, stop: alpha * solve(_units(walk, start, stop).T, trans="T").T


def exact_heat(walk: Walk, t: float) -> DenseRows:
    r"""Rows of :math:`e^{-t (I - P)}`, from its series, whose terms do not cancel."""
    weights, _ = heat_series(t, tolerance=1e-17)
    transposed = walk.matrix.T.tocsr()

    def rows(start: int, stop: int) -> np.ndarray:
        state = _units(walk, start, stop).T
        total = np.zeros_like(state)
        for weight in weights:
            total += weight * state
            state = transposed @ state
        return total.T

    return rows


def push_ppr(walk: Walk, alpha: float, eps: float) -> SparseRows:
    r"""Rows of :func:`exact_ppr`, each entry too small by at most ``eps`` times its degree.

    Mass that arrives at a node is kept or sent on only once there is ``eps`` times its degree of
    it (`Andersen et al. 2006 <https://doi.org/10.1109/FOCS.2006.44>`_), for all rows at once.
    """

    def rows(start: int, stop: int) -> csr_array:
        waiting = _sparse_units(walk, start, stop)
        settled = waiting * 0.0
        while True:
            ready = waiting.data >= eps * walk.degree[waiting.indices]
            if not ready.any():
                return settled
            moving = _chosen(waiting, ready)
            settled = settled + alpha * moving
            waiting = _chosen(waiting, ~ready) + (1 - alpha) * (moving @ walk.matrix)

    return rows


def push_heat(walk: Walk, t: float, eps: float) -> SparseRows:
    r"""Rows of :func:`exact_heat`, each entry too small by at most ``eps`` times its degree.

    The series ends where its rest is below half of that. The other half is shared among the steps:
    each forgets entries that would contribute less.
    """
    weights, rest = heat_series(t, tolerance=eps * min(walk.degree, default=1.0) / 2)
    share = eps / (2 * len(weights))

    def rows(start: int, stop: int) -> csr_array:
        state = _sparse_units(walk, start, stop)
        total = state * 0.0
        for weight, left in zip(weights, rest, strict=True):
            total = total + weight * state
            kept = left * state.data >= share * walk.degree[state.indices]
            state = _chosen(state, kept) @ walk.matrix
        return total

    return rows


def heat_series(t: float, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Weights :math:`e^{-t} t^k / k!` of k steps, and of all longer walks together: [K] each.

    K is the first for which the latter falls below ``tolerance``.
    """
    k = np.arange(1, int(t + 12 * np.sqrt(t)) + 60)
    rest = gammainc(k, t)  # of k steps or more
    length = int((rest > tolerance).sum()) + 1
    steps = np.arange(length)
    return np.exp(steps * np.log(t) - t - gammaln(steps + 1)), rest[:length]


def dense_blocks(rows: DenseRows, num_nodes: int) -> Iterator[tuple[int, csr_array]]:
    r"""The first row of each block, and the block, of rows that are dense."""
    for start in range(0, num_nodes, _DENSE_ROWS):
        yield start, csr_array(rows(start, min(start + _DENSE_ROWS, num_nodes)))


def sparse_blocks(rows: SparseRows, num_nodes: int, eps: float) -> Iterator[tuple[int, csr_array]]:
    r"""The same of sparse rows, in blocks of as many rows as memory allows.

    How many entries a row has is found out by the blocks: the first is small enough even for rows
    with 100 / ``eps``, and each is at most twice as large as the one before.
    """
    start, size = 0, max(1, int(_ENTRIES * eps / 100))
    while start < num_nodes:
        stop = min(start + size, num_nodes)
        block = rows(start, stop)
        yield start, block
        start = stop
        size = max(1, min(2 * size, size * _ENTRIES // (2 * block.nnz + 1)))


def _units(walk: Walk, start: int, stop: int) -> np.ndarray:
    return np.eye(stop - start, len(walk.degree), start)


def _sparse_units(walk: Walk, start: int, stop: int) -> csr_array:
    return eye_array(stop - start, len(walk.degree), k=start, format="csr")


def _chosen(matrix: csr_array, mask: np.ndarray) -> csr_array:
    r"""The entries of a matrix where ``mask`` [entries] is true."""
    start = np.concatenate([[0], mask.cumsum()])[matrix.indptr].astype(matrix.indptr.dtype)
    return csr_array((matrix.data[mask], matrix.indices[mask], start), shape=matrix.shape)
