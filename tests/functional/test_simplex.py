import pytest
import torch

from gcl.checks import NonFiniteError
from gcl.functional import project_simplex


def bisected(b):
    """The threshold by bisection, to the precision of float64."""
    low, high = b.min() - 1, b.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (b - middle).clamp(min=0).sum() > 1 else (low, middle)
    return (b - low).clamp(min=0)


def test_exact_values():
    assert project_simplex(torch.tensor([0.2, 0.3, 0.5])).tolist() == pytest.approx([0.2, 0.3, 0.5])
    assert project_simplex(torch.tensor([5.0, 0.0, 0.0])).tolist() == [1.0, 0.0, 0.0]
    assert project_simplex(torch.tensor([-3.0])).tolist() == [1.0]
    assert project_simplex(torch.full((4,), 7.0)).tolist() == [0.25] * 4


@pytest.mark.parametrize("size", [1, 2, 5, 40])
def test_equals_a_bisection_and_is_nearer_than_any_other_distribution(size):
    for scale in (0.01, 1.0, 30.0):
        b = scale * torch.randn(size, dtype=torch.float64)
        p = project_simplex(b)
        assert torch.allclose(p, bisected(b), atol=1e-12)
        assert p.sum().item() == pytest.approx(1)
        others = torch.distributions.Dirichlet(torch.ones(size).double()).sample((50,))
        assert ((others - b).norm(dim=1) >= (p - b).norm() - 1e-12).all()


def test_a_shift_and_an_order_of_the_entries_change_nothing():
    b = torch.randn(6)
    order = torch.randperm(6)
    assert torch.allclose(project_simplex(b + 3), project_simplex(b), atol=1e-6)
    assert torch.equal(project_simplex(b[order]), project_simplex(b)[order])
    far = project_simplex(b * 0.01 + 1e4)
    assert far.sum().item() == pytest.approx(1)


def test_bad_input():
    with pytest.raises(TypeError, match=r"b must be a floating-point tensor \[K\]"):
        project_simplex(torch.tensor([1, 2]))
    with pytest.raises(ValueError, match=r"b must have shape \[K\] with K of at least 1"):
        project_simplex(torch.zeros(0))
    with pytest.raises(ValueError, match=r"b must have shape"):
        project_simplex(torch.zeros(2, 2))
    with pytest.raises(NonFiniteError, match="b must be finite, got"):
        project_simplex(torch.tensor([0.0, torch.inf]))
