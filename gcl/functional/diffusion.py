r"""Diffusion of a graph: personalised PageRank and the heat kernel, as weighted edges.

Legend: N nodes, M edges, M' edges of the diffusion, k entries of a row.
"""

from collections.abc import Iterator

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from gcl.functional.diffusion_options import DiffusionOptions
from gcl.functional.diffusion_rows import (
    Walk,
    dense_blocks,
    exact_heat,
    exact_ppr,
    push_heat,
    push_ppr,
    random_walk,
    sparse_blocks,
)

_EXACT_NODES = 5_000  # minutes; a decomposition may fill a fair part of N^2 on dense graphs


def diffuse(
    edge_index: Tensor,
    num_nodes: int,
    edge_weight: Tensor | None = None,
    *,
    kind: str = "ppr",
    alpha: float | None = None,
    t: float | None = None,
    method: str = "exact",
    eps: float | None = None,
    threshold: float = 0.0,
    top_k: int | None = 64,
) -> tuple[Tensor, Tensor]:
    r"""Replace the edges of a graph by those of its diffusion, weighted by where walks end
    (`Klicpera et al. 2019 <https://arxiv.org/abs/1911.05485>`_).

    With the adjacency :math:`\hat A` of :func:`gcn_adjacency`, the diffusion is

    .. math::
        S_\text{ppr} = \alpha \big(I - (1 - \alpha) \hat A\big)^{-1}, \qquad
        S_\text{heat} = e^{-t (I - \hat A)} = \sum_k \frac{e^{-t} t^k}{k!} \hat A^k

    (personalised PageRank and the heat kernel). Its rows are computed and made sparse in blocks,
    and it is never held as a whole.

    Args:
        edge_index: edges from its first row to its second, in any order.
        num_nodes: number of nodes N.
        edge_weight: weight of each edge, 0 or above; all 1 if None. No gradient flows back.
        kind: ``"ppr"`` or ``"heat"``.
        alpha: of ``"ppr"``: probability in (0, 1] of stopping at each step; 0.2 if None.
        t: of ``"heat"``: mean number of steps > 0; 5 if None.
        method: ``"exact"`` for up to 5,000 nodes, ``"push"`` for sparse walks on larger graphs.
        eps: accuracy > 0 of ``"push"``; 1e-4 (ppr) or 1e-3 (heat) if None. In an undirected
            graph no :math:`S_{ij}` is too large, and none too small by more than
            :math:`\epsilon \sqrt{\tilde d_i \tilde d_j}`.
        threshold: entries below it are dropped.
        top_k: the number k of entries, the largest, that a row keeps at most; None for all.

    Shapes:
        edge_index [2, M], edge_weight [M] or None -> [2, M'], [M']

    Returns:
        Edges from j to i with weight :math:`S_{ij}`, self loops included, sorted by i, then by j.

    Raises:
        TypeError, ValueError: for edges, weights or options out of range, options that would be
            ignored, or more than 5,000 nodes with ``"exact"``.

    Cost:
        On the CPU. ``"exact"``: for each node the entries of a sparse LU decomposition (ppr) or
        some t + 50 passes over the edges (heat). ``"push"``: O(1 / (alpha eps)) for each
        node, whatever N is, and for heat about ten times as much. Memory O(N k) for the result and
        some 100 MB for a block of rows. 100,000 nodes with 1,000,000 edges took 45 s and 0.4 GB
        with the defaults of ``"push"`` on one core, the heat kernel 115 s.

    Example:
        >>> edge_index, weight = diffuse(torch.tensor([[0, 1], [1, 0]]), 2, alpha=0.5)
        >>> edge_index.tolist(), weight.tolist()
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [0.75, 0.25, 0.25, 0.75])
    """
    options = DiffusionOptions(kind, alpha, t, method, eps, threshold, top_k)
    _check_graph(num_nodes, edge_weight, options)
    walk = random_walk(edge_index, num_nodes, edge_weight)
    dtype = torch.float32 if edge_weight is None else edge_weight.dtype
    ends, values = [torch.empty(2, 0, dtype=torch.int32)], [torch.empty(0, dtype=dtype)]
    for start, block in _blocks(walk, options):
        end, value = _edges(start, block, walk, options)
        ends.append(torch.from_numpy(end).int())  # parts are many: half the memory
        values.append(torch.from_numpy(value).to(dtype))
    device = edge_index.device
    return torch.cat(ends, dim=1).long().to(device), torch.cat(values).to(device)


def _check_graph(num_nodes: int, edge_weight: Tensor | None, options: DiffusionOptions) -> None:
    if options.method == "exact" and num_nodes > _EXACT_NODES:
        raise ValueError(
            f"method must be 'push' for a graph of more than {_EXACT_NODES:,} nodes, got 'exact' "
            f"for {num_nodes:,}"
        )
    if edge_weight is not None and edge_weight.numel() and not edge_weight.min() >= 0:
        raise ValueError(f"edge_weight must be 0 or above, got {edge_weight.min().item():g}")


def _blocks(walk: Walk, options: DiffusionOptions) -> Iterator[tuple[int, csr_array]]:
    num_nodes, rate = len(walk.degree), options.rate
    if not num_nodes:
        return iter(())
    if options.eps is None:
        exact = exact_ppr if options.kind == "ppr" else exact_heat
        return dense_blocks(exact(walk, rate), num_nodes)
    push = push_ppr if options.kind == "ppr" else push_heat
    return sparse_blocks(push(walk, rate, options.eps), num_nodes, options.eps)


def _edges(
    start: int, block: csr_array, walk: Walk, options: DiffusionOptions
) -> tuple[np.ndarray, np.ndarray]:
    r"""The edges of a block of rows of the walk's diffusion that are kept, and their weights."""
    block.sort_indices()
    row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    # P is similar to the symmetric adjacency: S = D^(1/2) f(P) D^(-1/2).
    value = block.data * np.sqrt(walk.degree[row + start] / walk.degree[block.indices])
    kept = ((value > 0) & (value >= options.threshold)).nonzero()[0]
    if options.top_k is not None:
        kept = kept[_largest(row[kept], value[kept], options.top_k)]
    return np.stack([block.indices[kept], row[kept] + start]), value[kept]


def _largest(row: np.ndarray, value: np.ndarray, k: int) -> np.ndarray:
    r"""Whether each entry is among the k largest of its row; rows are ascending: [entries]."""
    # In float64, rounding would decide between entries that are equal by symmetry.
    order = np.lexsort((-value.astype(np.float32), row))
    first = np.searchsorted(row, row)  # of the row of each entry
    kept = np.empty(len(row), dtype=bool)
    kept[order] = np.arange(len(row)) - first < k
    return kept
