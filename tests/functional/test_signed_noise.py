import pytest
import torch

from gcl.functional import add_signed_noise


def test_every_row_moves_by_the_length_within_its_orthant():
    x = torch.randn(50, 6)
    moved = add_signed_noise(x, 0.3)
    torch.testing.assert_close((moved - x).norm(dim=1), torch.full((50,), 0.3))
    assert torch.equal(moved.sign(), x.sign())
    assert torch.all(moved.abs() >= x.abs())


def test_directions_differ_between_rows_and_repeat_by_generator():
    x = torch.ones(2, 4)
    first, again = (
        add_signed_noise(x, 1.0, generator=torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])


def test_zeros_and_length_zero_stay_and_the_gradient_is_one():
    x = torch.tensor([[0.0, 2.0]], requires_grad=True)
    moved = add_signed_noise(x, 0.5)
    assert moved[0, 0] == 0
    assert torch.equal(add_signed_noise(x, 0.0), x)
    moved.sum().backward()
    assert torch.equal(x.grad, torch.ones(1, 2))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="length must be a finite number, 0 or above, got -1"):
        add_signed_noise(torch.ones(2, 2), -1)
    with pytest.raises(TypeError, match="x must have a floating-point dtype"):
        add_signed_noise(torch.ones(2, 2).long(), 1.0)
