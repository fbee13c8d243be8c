r"""Truncated singular value decomposition by random projection.

Legend: R rows, C columns, M entries, q rank, o columns of oversampling.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_matrix, describe
from gcl.functional.autocast import full_precision
from gcl.functional.csr import SparseMatrix
from gcl.functional.low_rank import LowRank
from gcl.functional.normalize import at_least_float32
from gcl.functional.sparse_features import as_matrix


@torch.no_grad()
@full_precision
def truncated_svd(
    a: Tensor | SparseMatrix,
    q: int,
    *,
    niter: int = 2,
    oversample: int = 10,
    seed: int = 0,
) -> LowRank:
    r"""Approximate a matrix by its ``q`` leading singular directions (`Halko et al. 2011
    <https://arxiv.org/abs/0909.4061>`_).

    A random projection to q + o columns is sharpened by ``niter`` rounds of subspace iteration,
    orthonormalised after every product; the decomposition of what is left is exact. The matrix is
    only multiplied: it may be sparse, and R and C may differ. LightGCL uses q = 5, ``niter=2`` and
    no oversampling, which is rough where singular values decay slowly.

    Args:
        a: dense, CSR tensor or :class:`~gcl.functional.csr.SparseMatrix`.
        q: rank to keep, 1 or more; at most min(R, C) directions are returned.
        niter: rounds of subspace iteration, 0 or more.
        oversample: directions o that are computed beside and then left out.
        seed: of the random projection, which is drawn on the CPU; the caller's generators are
            left alone.

    Shapes:
        a [R, C] -> factors u [R, q], s [q] in descending order, v [C, q]

    Raises:
        TypeError, ValueError: for a matrix of the wrong kind, or numbers out of range.

    Cost:
        2 niter + 2 products with q + o columns, and O((R + C) (q + o)^2) for each
        orthonormalisation. No gradient flows back.

    Example:
        >>> truncated_svd(torch.diag(torch.tensor([3.0, 2.0, 1.0])), 2).s.round(decimals=3)
        tensor([3., 2.])
    """
    check_int(q, "q", minimum=1)
    check_int(niter, "niter")
    check_int(oversample, "oversample")
    check_int(seed, "seed")
    matrix, shape, like = _operand(a)
    width = min(q + oversample, *shape)
    generator = torch.Generator().manual_seed(seed)
    probe = torch.randn(shape[1], width, generator=generator).to(like)
    transposed = matrix.t()
    basis = _orthonormal(matrix @ probe)
    for _ in range(niter):
        basis = _orthonormal(matrix @ _orthonormal(transposed @ basis))
    v, s, w = torch.linalg.svd(transposed @ basis, full_matrices=False)
    return LowRank(basis @ w[:q].t(), s[:q], v[:, :q].contiguous())


def _orthonormal(x: Tensor) -> Tensor:
    return torch.linalg.qr(x).Q


def _operand(a: Tensor | SparseMatrix) -> tuple[Tensor | SparseMatrix, tuple[int, int], Tensor]:
    r"""What is multiplied, its shape, and a tensor with dtype and device of the result."""
    if isinstance(a, SparseMatrix):
        matrix = SparseMatrix(a.pattern, at_least_float32(a.value))
        return matrix, a.pattern.shape, matrix.value
    check_matrix(a, "a")
    if a.layout == torch.sparse_csr:
        return _operand(as_matrix(a))
    if a.layout != torch.strided:
        raise TypeError(f"a must be dense, CSR or a SparseMatrix, got {describe(a)}")
    a = at_least_float32(a)
    return a, (a.size(0), a.size(1)), a
