import math

import pytest
import torch

from gcl.losses import PolyView, info_nce, nt_xent, poly_view


@pytest.fixture
def views():
    return torch.randn(3, 6, 4, dtype=torch.float64)


def test_two_views_are_the_loss_of_grace(views):
    rows = poly_view(views[:2], temperature=0.3, reduction="none")
    expected = nt_xent(*views[:2], temperature=0.3, reduction="none")
    torch.testing.assert_close(rows, expected)
    arithmetic = poly_view(views[:2], temperature=0.3, form="arithmetic", reduction="none")
    torch.testing.assert_close(arithmetic, expected)  # one positive: both means are the same


def test_sufficient_statistics_of_two_views_are_info_nce(views):
    rows = poly_view(views[:2], form="sufficient", reduction="none")
    torch.testing.assert_close(rows, info_nce(*views[:2], reduction="none"))


def test_arithmetic_mean_is_never_above_the_geometric(views):
    geometric, arithmetic = (
        poly_view(views, form=form, reduction="none") for form in ("geometric", "arithmetic")
    )
    assert (arithmetic < geometric).all()


@pytest.mark.parametrize("form", ["geometric", "arithmetic", "sufficient"])
def test_order_of_the_views_does_not_count(views, form):
    shuffled = poly_view(views[[2, 0, 1]], form=form)
    torch.testing.assert_close(poly_view(views, form=form), shuffled)
    torch.testing.assert_close(poly_view(list(views), form=form), shuffled)


def test_orthogonal_rows_have_a_closed_form():
    z = torch.eye(4)
    loss = poly_view([z] * 3, temperature=1.0).item()
    assert math.isclose(loss, math.log(math.e + 3 * 3) - 1, rel_tol=1e-6)


def test_dominant_positives_do_not_drown_the_negatives():
    z = torch.eye(4)  # e^50 beside 9 negatives of e^0
    loss = poly_view([z] * 3, temperature=0.02, form="geometric")
    assert 0 <= loss < 1e-6
    u = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(poly_view([u, z, z.flip(0)], temperature=0.02), u)
    assert torch.isfinite(gradient).all()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="form must be one of geometric, .*; got 'harmonic'"):
        PolyView(form="harmonic")
    with pytest.raises(ValueError, match="temperature must be a finite number above 0, got 0"):
        PolyView(0)
    with pytest.raises(ValueError, match="views must hold 2 views or more, got 1; one view has no"):
        poly_view([torch.eye(3)])
    with pytest.raises(ValueError, match=r"3 dimensions \[M, N, D\], got .*\[3, 3\]"):
        poly_view(torch.eye(3))
    with pytest.raises(TypeError, match="views must be a list of matrices .* got 'ab' of type str"):
        poly_view("ab")
    with pytest.raises(ValueError, match=r"views\[0\] and views\[2\] must agree in shape"):
        poly_view([torch.eye(3), torch.eye(3), torch.eye(4)])
    with pytest.raises(ValueError, match="views must have 2 rows or more .* got 1"):
        poly_view(torch.ones(2, 1, 3))
