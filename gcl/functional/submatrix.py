r"""Rows and columns of a sparse matrix.

Legend: R rows, C columns, M stored entries, r and c chosen rows and columns.
"""

import torch
from torch import Tensor

from gcl.functional.csr import Pattern, SparseMatrix


def submatrix(a: SparseMatrix, rows: Tensor, columns: Tensor | None = None) -> SparseMatrix:
    r"""The matrix of some rows, and of some columns, in the given order.

    Args:
        a: matrix [R, C]; no gradient flows to its values.
        rows: rows to take, [r].
        columns: different columns to take, [c]; all if None.

    Returns:
        The matrix [r, c].

    Example:
        >>> a = SparseMatrix(Pattern(torch.tensor([0, 1]), torch.tensor([1, 0]), (2, 2)),
        ...                  torch.tensor([5.0, 7.0]))
        >>> submatrix(a, torch.tensor([1]), torch.tensor([0])) @ torch.ones(1, 1)
        tensor([[7.]])

    Cost: O(r + entries in these rows), and O(C) with ``columns``.
    """
    start = a.pattern.start.long()
    first, count = start[rows], start.diff()[rows]
    # Entries of row k stand from first[k] on there, from the sum of the counts before k on here.
    shift = first - (count.cumsum(0) - count)
    row = torch.arange(len(rows), device=rows.device).repeat_interleave(count)
    entry = torch.arange(len(row), device=rows.device) + shift[row]
    column, num_columns = a.pattern.column[entry], a.pattern.shape[1]
    if columns is not None:
        place = column.new_full((num_columns,), -1)
        place[columns] = torch.arange(len(columns), dtype=column.dtype, device=column.device)
        column, num_columns = place[column.long()], len(columns)
        kept = column >= 0
        row, column, entry = row[kept], column[kept], entry[kept]
    pattern = Pattern(row.to(column.dtype), column, (len(rows), num_columns))
    return SparseMatrix(pattern, a.value[entry])


def neighbours(a: SparseMatrix, rows: Tensor) -> Tensor:
    r"""The columns in which some of the rows have an entry, in ascending order.

    Example:
        >>> a = SparseMatrix(Pattern(torch.tensor([0, 1]), torch.tensor([1, 0]), (2, 2)),
        ...                  torch.ones(2))
        >>> neighbours(a, torch.tensor([0]))
        tensor([1])
    """
    seen = torch.zeros(a.pattern.shape[1], dtype=torch.bool, device=rows.device)
    seen[submatrix(a, rows).pattern.column.long()] = True
    return seen.nonzero().view(-1)
