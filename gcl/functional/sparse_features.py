r"""Features that are mostly zero, such as bags of words, stored by rows (CSR).

Legend: N nodes, F features, M entries that are not zero, D width.
"""

import functools
import warnings

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import dropout

from gcl.functional.csr import Pattern, SparseMatrix

# A product and its backward with D = 256 broke even with the dense ones near one entry in ten,
# the search for the entries included.
_DENSITY = 0.05
_SAMPLED_ROWS = 64
# To fewer columns a dense product is done before the entries that are not zero are found.
WIDE = 64


def compress(x: Tensor) -> Tensor:
    r"""Store features in the CSR layout if that makes their products cheaper.

    That is so on CPU for a constant matrix with at most one entry in twenty that is not zero, as
    told by 64 evenly spaced rows; any other tensor is returned as it is. On other devices the
    dense product stays.

    Args:
        x: features, dense or sparse.

    Shapes:
        x [N, F] -> [N, F]

    Example:
        >>> compress(torch.eye(100)).layout, compress(torch.ones(3, 3)).layout
        (torch.sparse_csr, torch.strided)

    Cost: one pass over x.
    """
    if x.layout != torch.strided or x.requires_grad or x.device.type != "cpu" or not x.numel():
        return x
    sample = x[:: -(-len(x) // _SAMPLED_ROWS)]
    if sample.count_nonzero() > _DENSITY * sample.numel():
        return x
    place = _nonzero_places(x)
    row = place // x.size(1)
    start = torch.searchsorted(row, torch.arange(len(x) + 1))
    return csr_tensor(start, place - row * x.size(1), x.reshape(-1)[place], x.shape)


def _nonzero_places(x: Tensor) -> Tensor:
    r"""Places of the entries that are not zero in the flattened matrix: [M]."""
    # On a mask, NumPy's search is about twice as fast as torch's on the matrix.
    return torch.from_numpy(np.flatnonzero((x.detach() != 0).numpy()))


def csr_tensor(start: Tensor, column: Tensor, value: Tensor, shape: torch.Size) -> Tensor:
    r"""A ``torch.sparse_csr`` tensor, made without checks and without a warning."""
    _let_torch_warn_once()
    return torch.sparse_csr_tensor(start, column, value, shape, check_invariants=False)


@functools.cache
def _let_torch_warn_once() -> None:
    # PyTorch calls the layout a beta at its first use in a process; only the layout is used here.
    zero = torch.zeros(1, dtype=torch.long)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        torch.sparse_csr_tensor(zero, zero[:0], torch.zeros(0), (0, 0), check_invariants=False)


def as_matrix(x: Tensor) -> SparseMatrix:
    r"""The sparse matrix of a CSR tensor [N, F], for products that are fast both ways."""
    counts = x.crow_indices().diff()
    row = torch.arange(len(x), device=x.device).repeat_interleave(counts, output_size=x._nnz())
    return SparseMatrix(Pattern(row, x.col_indices().long(), (x.size(0), x.size(1))), x.values())


def mask_columns(x: Tensor, mask: Tensor) -> Tensor:
    r"""Set the columns of a CSR tensor [N, F] to zero where the mask [F] is False.

    The entries stay stored, as zeros, so that all views share one structure.
    """
    kept = mask.index_select(0, x.col_indices())
    value = torch.where(kept, x.values(), x.values().new_zeros(()))
    return csr_tensor(x.crow_indices(), x.col_indices(), value, x.shape)


def take_rows(x: Tensor, index: Tensor) -> Tensor:
    r"""The rows ``index`` [R] of features, dense or CSR: [N, F] -> [R, F]."""
    if x.layout == torch.strided:
        return x.index_select(0, index)
    counts = x.crow_indices().diff()[index]
    start = torch.nn.functional.pad(counts.cumsum(0), (1, 0))
    shift = (x.crow_indices()[index] - start[:-1]).repeat_interleave(counts)
    place = shift + torch.arange(len(shift), device=x.device)
    shape = torch.Size((len(index), x.size(1)))
    return csr_tensor(start, x.col_indices()[place], x.values()[place], shape)


def stack_rows(first: Tensor, second: Tensor) -> Tensor:
    r"""The rows of two matrices of one layout, below each other: [N + M, *]."""
    if first.layout != torch.sparse_csr:
        return torch.cat([first, second])
    end = first.crow_indices()[-1]
    return csr_tensor(
        torch.cat([first.crow_indices(), second.crow_indices()[1:] + end]),
        torch.cat([first.col_indices(), second.col_indices()]),
        torch.cat([first.values(), second.values()]),
        torch.Size([len(first) + len(second), first.size(1)]),
    )


def drop_out(x: Tensor, p: float, *, training: bool) -> Tensor:
    r"""Set entries of x to zero with probability ``p`` and divide the others by 1 - p.

    Of a CSR tensor only the entries stored are drawn: for the others it makes no difference.

    Shapes:
        x [N, F] dense or CSR -> [N, F]
    """
    if x.layout != torch.sparse_csr:
        return dropout(x, p, training)
    value = dropout(x.values(), p, training)
    return csr_tensor(x.crow_indices(), x.col_indices(), value, x.shape)
