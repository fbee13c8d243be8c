import pytest
import torch

from gcl.functional.volumes import EPS, VolumeSums, matching_volumes, volumes, whiten_tuples


def determinants(a, others):
    """Volumes from the determinant of each regularised Gram matrix, one pair at a time."""
    out = torch.empty(len(a), others.size(1), dtype=a.dtype)
    for i in range(len(a)):
        for j in range(others.size(1)):
            v = torch.cat([a[i : i + 1], others[:, j]])
            out[i, j] = (v @ v.t() + EPS * torch.eye(len(v), dtype=a.dtype)).det().sqrt()
    return out


@pytest.mark.parametrize("k", [1, 2, 3])
def test_equals_the_determinant(k):
    a, others = torch.randn(5, 4, dtype=torch.float64), torch.randn(k, 5, 4, dtype=torch.float64)
    tuples = whiten_tuples(others)
    expected = determinants(a, others)
    torch.testing.assert_close(volumes(a, tuples), expected)
    torch.testing.assert_close(matching_volumes(a, tuples), volumes(a, tuples).diagonal())


def test_orthogonal_and_dependent_vectors():
    a = torch.eye(3)[:1]
    assert volumes(a, whiten_tuples(torch.eye(3)[1:, None])).item() == pytest.approx(1, abs=1e-4)
    assert volumes(a, whiten_tuples(torch.stack([a, a]))).item() < 1e-5
    assert volumes(a, whiten_tuples(torch.stack([a, -a]))).item() < 1e-5


@pytest.mark.parametrize("block", [2, 8])
def test_streamed_sums_equal_the_dense_ones(block):
    torch.manual_seed(1)
    a, others = torch.randn(5, 4, dtype=torch.float64), torch.randn(2, 5, 4, dtype=torch.float64)
    scale = torch.tensor(3.0, dtype=torch.float64)
    inputs = [x.detach().requires_grad_() for x in (a, *whiten_tuples(others), scale)]
    streamed = VolumeSums.apply(*inputs, block)
    dense = -inputs[3] * volumes(inputs[0], whiten_tuples(others))
    expected = (dense.logsumexp(1), dense.logsumexp(0), dense.sum(1), dense.sum(0))
    for x, y in zip(streamed, expected, strict=True):
        torch.testing.assert_close(x, y)
    assert torch.autograd.gradcheck(lambda *x: VolumeSums.apply(*x, block), inputs)


def test_second_derivatives_are_refused():
    a = torch.randn(3, 4, requires_grad=True)
    tuples = whiten_tuples(torch.randn(2, 3, 4))
    total = VolumeSums.apply(a, *tuples, torch.tensor(1.0), 8)[0].exp().sum()
    (gradient,) = torch.autograd.grad(total, a, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
