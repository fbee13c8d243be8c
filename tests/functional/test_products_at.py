import pytest
import torch

from gcl.functional import products_at as module
from gcl.functional.products_at import products_at


@pytest.fixture
def operands():
    a, b = torch.randn(7, 3).double(), torch.randn(5, 3).double()
    return a.requires_grad_(), b.requires_grad_(), torch.randint(5, (7, 4))


def test_values_and_gradients_equal_gathered_rows(operands, monkeypatch):
    a, b, index = operands
    monkeypatch.setattr(module, "_BLOCK", 3)
    expected = (a[:, None] * b[index]).sum(2)
    torch.testing.assert_close(products_at(a, b, index), expected)
    grad = torch.randn(7, 4).double()
    wanted = torch.autograd.grad(expected, (a, b), grad)
    torch.testing.assert_close(torch.autograd.grad(products_at(a, b, index), (a, b), grad), wanted)


def test_one_matrix_on_both_sides(operands):
    a, _, _ = operands
    index = torch.randint(7, (7, 9))  # rows repeat
    assert torch.autograd.gradcheck(lambda x: products_at(x, x, index), a)


def test_no_rows_and_no_pairs():
    assert products_at(torch.ones(0, 2), torch.ones(3, 2), torch.ones(0, 4).long()).shape == (0, 4)
    assert products_at(torch.ones(3, 2), torch.ones(3, 2), torch.ones(3, 0).long()).shape == (3, 0)


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (torch.full((7, 1), 5), ValueError, r"index must lie in \[0, 5\), the rows of b; got 5"),
        (torch.full((7, 1), -1), ValueError, "index must lie in .* got -1"),
        (torch.zeros(6, 1).long(), ValueError, r"index must have shape \[7, K\]"),
        (torch.zeros(7, 1), TypeError, "index must be an int64 tensor"),
    ],
)
def test_bad_index_is_named(operands, index, error, message):
    with pytest.raises(error, match=message):
        products_at(*operands[:2], index)


def test_bad_matrices_are_named(operands):
    a, _, index = operands
    with pytest.raises(ValueError, match="a and b must agree in width and dtype"):
        products_at(a, torch.randn(5, 4).double(), index)
    with pytest.raises(ValueError, match="b must be finite, got nan"):
        products_at(a, torch.full((5, 3), torch.nan).double(), index)
