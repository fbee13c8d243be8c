r"""Columns of features weighted by the nodes that use them.

Legend: N nodes, F features.
"""

import torch
from torch import Tensor

from gcl.checks import check_flag, check_matrix
from gcl.functional.autocast import full_precision
from gcl.functional.pairs import check_vector

_ROWS = 4096  # rows taken at once, so that the copy with the entries' size stays small


@full_precision
def column_votes(x: Tensor, score: Tensor, *, binary: bool = False) -> Tensor:
    r"""Sum the nodes' scores over every feature column, weighted by the size of the entries.

    .. math::
        t_f = \sum_i |x_{if}| s_i

    Args:
        x: node features, dense or in the ``torch.sparse_csr`` layout.
        score: a number for each node.
        binary: count every entry that is not zero as 1.

    Shapes:
        x [N, F], score [N] -> [F], in float64

    Raises:
        TypeError, ValueError: for features that are no finite float matrix, or scores of another
            length.

    Example:
        >>> column_votes(torch.tensor([[1.0, 0.0], [-2.0, 0.0]]), torch.tensor([3.0, 4.0]))
        tensor([11.,  0.], dtype=torch.float64)

    Cost: one pass over x.
    """
    check_matrix(x, "x")
    check_vector(score, len(x), "score")
    check_flag(binary, "binary")
    if x.layout == torch.sparse_csr:
        weight = score.repeat_interleave(x.crow_indices().diff(), output_size=x._nnz())
        votes = _size(x.values(), binary).double() * weight.double()
        return votes.new_zeros(x.size(1)).index_add_(0, x.col_indices().long(), votes)
    total = torch.zeros(x.size(1), dtype=torch.double, device=x.device)
    wide = torch.promote_types(x.dtype, torch.float32)  # a sum in float16 would overflow
    for rows, weight in zip(x.split(_ROWS), score.to(wide).split(_ROWS), strict=True):
        total += weight @ _size(rows, binary).to(wide)
    return total


def _size(x: Tensor, binary: bool) -> Tensor:
    x = x.detach()
    return (x != 0).to(x.dtype) if binary else x.abs()
