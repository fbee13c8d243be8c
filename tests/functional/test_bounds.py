import pytest
import torch

from gcl.functional.bounds import Bounds, activation_bounds, least_offset, linear_bounds, relax

SLOPES = (0.0, 0.25, 1.0, 1.5, -0.5)


def sigma(x, a):
    return torch.where(x > 0, x, a * x)


def intervals(rows=40, width=3):
    """Intervals of all kinds: left of zero, right of it, and across."""
    ends = torch.randn(2, rows, width, dtype=torch.double)
    ends[:, : rows // 4] = ends[:, : rows // 4].abs()
    return Bounds(ends.amin(0), ends.amax(0))


def points(x, num=21):
    """Evenly spaced points of each interval, its ends among them: [num, R, D]."""
    return torch.lerp(x.lower, x.upper, torch.linspace(0, 1, num).double()[:, None, None])


@pytest.mark.parametrize("a", SLOPES)
def test_the_activation_lies_between_its_lines(a):
    x = intervals()
    slope, offset = relax(x, a)
    gap = sigma(points(x), a) - slope * points(x)
    assert (gap >= offset.clamp(max=0) - 1e-12).all()
    assert (gap <= offset.clamp(min=0) + 1e-12).all()


def test_lines_are_those_of_the_paper():
    slope, offset = relax(Bounds(torch.tensor([[-1.0]]), torch.tensor([[3.0]])), 0.5)
    assert slope.item() == (3 - 0.5 * -1) / (3 + 1)
    assert offset.item() == (0.5 - 1) * 3 * -1 / (3 + 1)


@pytest.mark.parametrize("a", SLOPES)
def test_lines_are_the_activation_on_intervals_of_one_sign(a):
    lower = torch.tensor([[0.0, 1.0, -2.0, -2.0]])
    slope, offset = relax(Bounds(lower, torch.tensor([[1.0, 2.0, -1.0, 0.0]])), a)
    assert torch.equal(slope, torch.tensor([[1.0, 1.0, a, a]]))
    assert not offset.any()


def test_a_point_at_zero_has_lines_and_gradients():
    lower, upper = torch.zeros(2, 1, 1).unbind()
    slope, offset = relax(Bounds(lower.requires_grad_(), upper.requires_grad_()), 0.25)
    (slope + offset).sum().backward()
    assert torch.isfinite(torch.cat([slope, offset, lower.grad, upper.grad])).all()


@pytest.mark.parametrize("upper", [0.0, 1e-38, 1e-30])
def test_gradients_at_intervals_next_to_nothing_are_finite(upper):
    lower, upper = torch.zeros(1, 1), torch.full((1, 1), upper)
    slope, offset = relax(Bounds(lower.requires_grad_(), upper.requires_grad_()), 0.0)
    (1e3 * slope + offset).sum().backward()
    assert not lower.grad.any()
    assert not upper.grad.any()


@pytest.mark.parametrize("a", SLOPES)
def test_gradients_of_lines(a):
    x = [end.requires_grad_() for end in intervals(8)]
    assert torch.autograd.gradcheck(lambda *ends: tuple(relax(Bounds(*ends), a)), x)


@pytest.mark.parametrize("a", SLOPES)
def test_activation_bounds_are_reached(a):
    x = intervals()
    values = sigma(torch.cat([points(x), torch.clamp(torch.zeros(1), x.lower, x.upper)[None]]), a)
    bounds = activation_bounds(x, a)
    torch.testing.assert_close(bounds.lower, values.amin(0))
    torch.testing.assert_close(bounds.upper, values.amax(0))


def test_linear_bounds_are_reached_at_corners():
    x, weight = intervals(5), torch.randn(3, 2, dtype=torch.double)
    corners = [torch.where(torch.tensor(c).bool(), x.upper, x.lower) @ weight for c in cube(3)]
    bounds = linear_bounds(x, weight)
    torch.testing.assert_close(bounds.lower, torch.stack(corners).amin(0))
    torch.testing.assert_close(bounds.upper, torch.stack(corners).amax(0))


def cube(n):
    return torch.cartesian_prod(*[torch.arange(2)] * n).tolist()


@pytest.mark.parametrize("a", SLOPES)
def test_weighted_sums_lack_no_more_than_the_offset(a):
    x = intervals()
    w = torch.randn_like(x.lower)
    slope, offset = relax(x, a)
    least = least_offset(w, offset, a)
    torch.testing.assert_close(least, (w * offset).clamp(max=0).sum(1))
    for point in points(x):
        assert ((w * sigma(point, a)).sum(1) >= (w * slope * point).sum(1) + least - 1e-12).all()
