r"""Soft targets as products: what to multiply with S, which is sparse or never formed.

Legend: N rows, D width, M edges.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_edge_index
from gcl.functional.pairs import check_vector

Product = Callable[[Tensor], Tensor]  # [N, D] -> S [N, D]

# Similarity of a profile to all others, each up to 1, below which it is rounding.
_NOTHING = 1e-5


def edge_targets(matrix: Tensor) -> tuple[Product, Product]:
    r"""Targets of rows and of columns from weighted edges; pairs (i, i) do not count."""
    row, col = matrix.indices()
    apart = row != col
    index, weight = matrix.indices()[:, apart], matrix.values()[apart]
    matrix = _coo(index, weight, len(matrix))
    forward, backward = partial(torch.sparse.mm, matrix), partial(torch.sparse.mm, matrix.t())
    return _normalised(forward, matrix, 0.0), _normalised(backward, matrix, 0.0)


def profile_targets(matrix: Tensor) -> tuple[Product, Product]:
    r"""Targets from the cosines of the matrix' rows, themselves excepted; they are symmetric."""
    row = matrix.indices()[0]
    square = matrix.values().new_zeros(len(matrix))
    square.index_add_(0, row, matrix.values().square())
    length = square.sqrt()[row]
    unit = matrix.values() / torch.where(length > 0, length, 1.0)
    profile = _coo(matrix.indices(), unit, len(matrix))
    own = (square > 0).to(unit.dtype)[:, None]  # cosine of a profile with itself

    def product(x: Tensor) -> Tensor:
        return torch.sparse.mm(profile, torch.sparse.mm(profile.t(), x)) - own * x

    target = _normalised(product, matrix, _NOTHING)
    return target, target


def _normalised(product: Product, like: Tensor, nothing: float) -> Product:
    r"""The product with rows divided by their sums; rows that hold nothing stay 0."""
    mass = product(torch.ones(len(like), 1, dtype=like.dtype, device=like.device))  # [N, 1]
    share = torch.where(mass > nothing, mass, torch.inf).reciprocal()
    return lambda x: share * product(x)


def sparse_matrix(edge_index: Tensor, edge_weight: Tensor | None, like: Tensor) -> Tensor:
    r"""Edges as a sparse matrix [N, N] in the dtype of ``like`` [N, D], parallel edges summed."""
    n = len(like)
    check_edge_index(edge_index, n)
    if edge_weight is None:
        edge_weight = like.new_ones(edge_index.size(1))
    check_vector(edge_weight, edge_index.size(1), "edge_weight")
    if (edge_weight < 0).any():
        raise ValueError(f"edge_weight must be 0 or above, got {edge_weight.min().item()}")
    weight = edge_weight.detach().to(like.dtype)
    return _coo(edge_index.long(), weight, n)


def _coo(index: Tensor, weight: Tensor, n: int) -> Tensor:
    return torch.sparse_coo_tensor(index, weight, (n, n), check_invariants=False).coalesce()
