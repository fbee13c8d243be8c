import torch

from gcl.functional import unit_stack
from gcl.functional.normalize import unit_rows
from gcl.functional.unit_stack import UnitStack


def test_ranges_are_those_of_the_stacked_unit_rows():
    parts = [torch.randn(5, 3), torch.zeros(1, 3), torch.randn(4, 3)]
    stack, dense = UnitStack(parts), unit_rows(torch.cat(parts))
    assert len(stack) == 10
    for start in range(11):
        for stop in range(start, 11):
            torch.testing.assert_close(stack[start:stop], dense[start:stop])


def test_half_precision_is_widened():
    x = torch.randn(4, 3).to(torch.bfloat16)
    assert UnitStack([x])[0:4].dtype == torch.float32
    torch.testing.assert_close(UnitStack([x])[0:4], unit_rows(x))


def test_projection_is_the_gradient_through_unit_rows(monkeypatch):
    monkeypatch.setattr(unit_stack, "_CHUNK", 3)
    x = torch.randn(7, 4, dtype=torch.float64)
    x[2] = 0.0
    x.requires_grad_()
    gradient = torch.randn(7, 4, dtype=torch.float64)
    (expected,) = torch.autograd.grad(unit_rows(x), x, gradient)
    torch.testing.assert_close(UnitStack([x]).project_(gradient), expected)
    assert torch.equal(gradient[2], torch.zeros(4, dtype=torch.float64))
