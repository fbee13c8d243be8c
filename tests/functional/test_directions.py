"""Unit rows by factors: as unit_rows, for rows of any length."""

import pytest
import torch

from gcl.functional.directions import chunks, directions
from gcl.functional.normalize import unit_rows


@pytest.mark.parametrize("length", [1e-7, 1.0, 1e18])
def test_factor_times_rows_are_unit_rows(length):
    z = torch.randn(5, 3) * length
    z[2] = 0
    found = directions(z)
    torch.testing.assert_close(found.rows * found.factor[:, None], unit_rows(z))
    torch.testing.assert_close(z * found.inverse[:, None], unit_rows(z))
    assert torch.isfinite(found.rows @ found.rows.t()).all()


def test_rows_of_usual_length_are_not_copied_on_a_cpu():
    z = torch.randn(5, 3)
    assert directions(z).rows is z


def test_a_projected_gradient_is_that_through_unit_rows():
    z = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    slope = torch.randn(5, 3, dtype=torch.double)
    (expected,) = torch.autograd.grad(unit_rows(z), z, slope)
    directions(z.detach()).project_(slope, slice(0, 5))
    torch.testing.assert_close(slope, expected)


def test_chunks_cover_all_rows_once():
    parts = chunks(torch.empty(5, 2**19))
    assert parts == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert chunks(torch.empty(0, 3)) == []
