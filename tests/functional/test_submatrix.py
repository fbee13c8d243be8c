import pytest
import torch

from gcl.functional.csr import SparseMatrix, sort_entries
from gcl.functional.submatrix import neighbours, submatrix


@pytest.fixture
def matrix():
    """7 x 5, rows 2 and 6 empty, one place stored twice."""
    row = torch.tensor([0, 0, 1, 3, 3, 4, 5, 5, 5])
    column = torch.tensor([1, 4, 0, 2, 2, 4, 0, 1, 3])
    pattern, order = sort_entries(row, column, (7, 5))
    return SparseMatrix(pattern, torch.rand(9)[order])


def dense(a):
    return a @ torch.eye(a.pattern.shape[1])


@pytest.mark.parametrize("rows", [[5, 0, 3], [2], [6, 6, 1], [], [0, 1, 2, 3, 4, 5, 6]])
@pytest.mark.parametrize("columns", [None, [4, 0], [2], []])
def test_is_the_dense_selection(matrix, rows, columns):
    rows = torch.tensor(rows, dtype=torch.long)
    expected = dense(matrix)[rows]
    if columns is not None:
        columns = torch.tensor(columns, dtype=torch.long)
        expected = expected[:, columns]
    part = submatrix(matrix, rows, columns)
    assert part.pattern.shape == tuple(expected.shape)
    if expected.numel():
        assert torch.equal(dense(part), expected)


def test_the_transpose_of_a_part_works(matrix):
    part = submatrix(matrix, torch.tensor([5, 0]), torch.tensor([1, 3]))
    x = torch.rand(2, 3, requires_grad=True)
    (part @ x).sum().backward()
    expected = dense(part).sum(0)[:, None].expand(2, 3)
    torch.testing.assert_close(x.grad, expected)


def test_neighbours_are_ascending_and_unique(matrix):
    assert neighbours(matrix, torch.tensor([5, 0, 2])).tolist() == [0, 1, 3, 4]
    assert neighbours(matrix, torch.tensor([2])).tolist() == []
