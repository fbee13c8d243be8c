import pytest
import torch

from gcl.functional.whitening import whiten_groups


@pytest.fixture
def z():
    return torch.randn(50, 6, dtype=torch.float64) @ torch.randn(6, 6, dtype=torch.float64) + 3


def covariance(z):
    z = z - z.mean(0)
    return z.t() @ z / len(z)


def test_groups_get_the_identity_as_covariance(z):
    out = whiten_groups(z, 2, eps=1e-12)
    for columns in (slice(3), slice(3, 6)):
        torch.testing.assert_close(covariance(out[:, columns]), torch.eye(3).double())
    torch.testing.assert_close(out.mean(0), torch.zeros(6).double())
    assert covariance(out)[:3, 3:].abs().max() > 0.01  # columns of different groups still correlate


def test_order_says_which_columns_are_whitened_together(z):
    out = whiten_groups(z, 2, order=torch.tensor([0, 2, 4, 5, 3, 1]), eps=1e-12)
    for columns in ([0, 2, 4], [1, 3, 5]):
        torch.testing.assert_close(covariance(out[:, columns]), torch.eye(3).double())
    alone = whiten_groups(z, 6, order=torch.randperm(6), eps=1e-12)
    torch.testing.assert_close(alone, (z - z.mean(0)) / z.std(0, correction=0))


def test_it_is_the_symmetric_root(z):
    centred = z - z.mean(0)
    matrix = torch.linalg.lstsq(centred, whiten_groups(z, 1)).solution
    torch.testing.assert_close(matrix, matrix.t())
    assert (torch.linalg.eigvalsh(matrix) > 0).all()


def test_no_gradient_through_the_matrix(z):
    z.requires_grad_()
    weight = torch.randn(50, 6, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((whiten_groups(z, 1) * weight).sum(), z)
    centred = (z - z.mean(0)).detach()
    matrix = torch.linalg.lstsq(centred, whiten_groups(z, 1).detach()).solution
    torch.testing.assert_close(gradient, (weight - weight.mean(0)) @ matrix)


@pytest.mark.parametrize("x", [torch.ones(5, 4), torch.ones(1, 4), torch.zeros(3, 4).half()])
def test_directions_without_variance_become_zero(x):
    x.requires_grad_()
    out = whiten_groups(x, 2)
    out.sum().backward()
    torch.testing.assert_close(out.detach(), torch.zeros(len(x), 4))
    assert torch.isfinite(x.grad).all()


def test_bad_input_is_named():
    z = torch.ones(3, 4)
    with pytest.raises(ValueError, match="num_groups must divide the width 4 of z, got 3"):
        whiten_groups(z, 3)
    with pytest.raises(ValueError, match=r"z must have at least one row.*\[0, 4\]"):
        whiten_groups(z[:0], 2)
    with pytest.raises(ValueError, match=r"order must be a permutation of 0 to 3, got \[0, 0"):
        whiten_groups(z, 2, order=torch.tensor([0, 0, 1, 2]))
    with pytest.raises(TypeError, match="order must be an int64 permutation"):
        whiten_groups(z, 2, order=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="eps must be a finite number above 0, got 0"):
        whiten_groups(z, 2, eps=0)


def test_autocast_does_not_lower_the_precision():
    z = torch.randn(40, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = whiten_groups(z, 2)
    assert torch.equal(out, whiten_groups(z, 2))
