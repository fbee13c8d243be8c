import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gcl import checks
from gcl.functional.sparse_features import compress


@given(st.floats(0, 1))
def test_probabilities_pass_unchanged(p):
    assert checks.check_probability(p) == p


@given(st.floats(allow_nan=True).filter(lambda p: not 0 <= p <= 1))
def test_other_numbers_are_no_probabilities(p):
    with pytest.raises(ValueError, match=r"p must be a probability in \[0, 1\], got"):
        checks.check_probability(p)


@pytest.mark.parametrize("value", ["0.5", None, True, [0.5], torch.tensor(0.5)])
def test_only_numbers_are_numbers(value):
    with pytest.raises(TypeError, match="p must be a number, got"):
        checks.check_probability(value)


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_positive(value):
    with pytest.raises(ValueError, match=f"lr must be a finite number above 0, got {value}"):
        checks.check_positive(value, "lr")
    assert checks.check_positive(3, "lr") == 3.0


def test_non_negative():
    assert checks.check_non_negative(0, "decay") == 0.0
    with pytest.raises(ValueError, match="decay must be .* got -0.1"):
        checks.check_non_negative(-0.1, "decay")


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_finite(value):
    assert checks.check_finite(-2, "bias") == -2.0
    with pytest.raises(ValueError, match=f"bias must be a finite number, got {value}"):
        checks.check_finite(value, "bias")


def test_integers():
    assert checks.check_int(3, "k", minimum=3) == 3
    with pytest.raises(ValueError, match="k must be at least 3, got 2"):
        checks.check_int(2, "k", minimum=3)
    for value in (2.0, "2", True):
        with pytest.raises(TypeError, match="k must be an integer, got"):
            checks.check_int(value, "k")


def test_choice_names_the_nearest():
    assert checks.check_choice("mean", "reduction", ("mean", "sum")) == "mean"
    with pytest.raises(ValueError, match=r"one of mean, sum; got 'maen' \(did you mean mean\?\)"):
        checks.check_choice("maen", "reduction", ("mean", "sum"))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_first_entry_that_is_not_finite_is_named(bad):
    x = torch.ones(4, 3)
    x[2, 1] = bad
    with pytest.raises(ValueError, match=f"x must be finite, got {bad} at row 2, column 1 .1 such"):
        checks.check_matrix(x, "x")


def test_finite_matrix_with_infinite_sum_passes():
    x = torch.full((4, 4), 3e38)
    assert checks.check_matrix(x, "x") is x


@pytest.mark.parametrize(
    ("edge_index", "error", "message"),
    [
        ([[0, 1]], TypeError, r"edge_index must be an integer tensor \[2, M\], got \[\[0, 1\]\]"),
        (torch.zeros(2, 3), TypeError, "integer tensor.*float32"),
        (torch.zeros(3, 2, dtype=torch.long), ValueError, r"shape \[2, M\].*\[3, 2\]"),
        (torch.tensor([[0], [5]]), ValueError, r"lie in \[0, 5\).*got 5"),
        (torch.tensor([[-2], [1]]), ValueError, r"lie in \[0, 5\).*got -2"),
    ],
)
def test_edge_index(edge_index, error, message):
    with pytest.raises(error, match=message):
        checks.check_edge_index(edge_index, 5)


def test_empty_edge_index_passes():
    checks.check_edge_index(torch.empty(2, 0, dtype=torch.long), 0)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([0, 1], TypeError, r"y must be an integer tensor"),
        (torch.rand(3), TypeError, "integer class labels.*float32"),
        (torch.tensor([True, False, True]), TypeError, "integer class labels.*bool"),
        (torch.tensor([0, 1]), ValueError, r"y must have shape \[3\].*\[2\]"),
        (torch.tensor([0, -2, 1]), ValueError, "got -2"),
    ],
)
def test_labels(y, error, message):
    with pytest.raises(error, match=message):
        checks.check_labels(y, 3)


def test_long_values_are_shortened():
    assert len(checks.describe("x" * 1000)) < 90
    assert checks.describe(torch.ones(2, 3)) == "a tensor of shape [2, 3] and dtype torch.float32"


def test_not_a_number_in_a_sparse_matrix():
    x = torch.zeros(2, 30)
    x[1, 0] = math.nan
    with pytest.raises(ValueError, match="x must be finite, got nan at row 1, column 0"):
        checks.check_matrix(compress(x), "x")
    assert checks.check_matrix(compress(torch.eye(30)), "x").layout == torch.sparse_csr
