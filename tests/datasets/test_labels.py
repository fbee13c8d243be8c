import numpy as np
import pytest

from gcl.datasets.labels import number_labels


@pytest.mark.parametrize(
    ("given_labels", "expected"),
    [
        (["b", "a", "b"], [1, 0, 1]),
        (["10", "9", "10"], [1, 0, 1]),  # as numbers, not as words
        (["0", "-1", "2"], [0, -1, 1]),
        (["x", "-1", "y"], [0, -1, 1]),
        (["0.0", "10.0", "-1.0", "9.0"], [0, 2, -1, 1]),  # as pandas writes a column with gaps
        (["1.0", "nan", "0.0"], [1, -1, 0]),
    ],
)
def test_labels_are_numbered_in_sorted_order(given_labels, expected):
    assert number_labels(np.array(given_labels)).tolist() == expected


def test_numbers_below_minus_one():
    with pytest.raises(ValueError, match=r"labels must be -1 \(unlabelled\) or above, got -3"):
        number_labels(np.array([0, -3]))


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("0.5", "whole numbers or words, got 0.5"),
        (str(2**64), "fit into int64"),
        ("inf", "got inf"),
    ],
)
def test_numbers_that_are_no_classes(label, message):
    with pytest.raises(ValueError, match=message):
        number_labels(np.array(["1", label]))
