import pytest
import torch

from gcl.functional import sketch as module
from gcl.functional.sketch import sketch_rows


def projection(num_rows, n, seed=0):
    """The matrix that a sketch multiplies with, read off the sketch of the identity."""
    torch.manual_seed(seed)
    return sketch_rows(torch.eye(n).double(), num_rows)


def test_sketch_and_gradient_are_those_of_one_matrix(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 20)  # several blocks of two rows
    p, z = projection(5, 8), torch.randn(8, 3).double().requires_grad_()
    torch.manual_seed(0)
    out = sketch_rows(z, 5)
    torch.testing.assert_close(out, p @ z)
    grad = torch.randn(5, 3).double()
    torch.testing.assert_close(torch.autograd.grad(out, z, grad)[0], p.t() @ grad)


def test_covariance_is_preserved_on_average():
    z = torch.randn(6, 3).double()
    drawn = torch.stack([sketch_rows(z, 4) for _ in range(4000)])
    mean = (drawn.transpose(1, 2) @ drawn).mean(0)
    torch.testing.assert_close(mean, z.t() @ z, rtol=0.1, atol=0.2)


def test_every_entry_is_drawn_with_variance_one_over_rows():
    p = projection(40, 5000)
    assert abs(p.var().item() * 40 - 1) < 0.02
    assert abs(p.mean().item()) < 0.002


def test_seed_and_generator_decide():
    z = torch.randn(6, 3)
    assert torch.equal(projection(4, 6, seed=3), projection(4, 6, seed=3))
    assert not torch.equal(sketch_rows(z, 4), sketch_rows(z, 4))
    first, second = (sketch_rows(z, 4, generator=torch.Generator().manual_seed(1)) for _ in "ab")
    assert torch.equal(first, second)


def test_more_rows_than_given():
    assert sketch_rows(torch.ones(2, 3), 7).shape == (7, 3)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="num_rows must be at least 1, got 0"):
        sketch_rows(torch.ones(2, 3), 0)
    with pytest.raises(ValueError, match="z must be finite, got nan"):
        sketch_rows(torch.full((2, 3), torch.nan), 2)
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator"):
        sketch_rows(torch.ones(2, 3), 2, generator=3)
