import torch

from gcl.functional.normalize import at_least_float32, unit_rows


def test_rows_have_unit_length_and_zero_rows_stay_zero():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0]])
    assert torch.allclose(unit_rows(x), torch.tensor([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]]))


def test_zero_row_gets_no_gradient():
    x = torch.zeros(2, 3, requires_grad=True)
    (unit_rows(x) * torch.ones(2, 3)).sum().backward()
    assert torch.equal(x.grad, torch.zeros(2, 3))


def test_gradcheck():
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(unit_rows, (x,))


def test_the_input_is_not_kept_for_the_gradient():
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        unit = unit_rows(torch.randn(3, 4, requires_grad=True) * 1)
    assert sorted(t.numel() for t in kept if t.numel() > 3) == [12]
    assert any(t.data_ptr() == unit.data_ptr() for t in kept)


def test_half_is_widened_and_double_is_kept():
    assert at_least_float32(torch.ones(1, dtype=torch.float16)).dtype == torch.float32
    assert at_least_float32(torch.ones(1, dtype=torch.float64)).dtype == torch.float64
    assert unit_rows(torch.ones(1, 2, dtype=torch.bfloat16)).dtype == torch.float32


def test_rows_whose_squares_overflow_have_unit_length():
    x = torch.tensor([[3e20, 4e20], [3.0, 4.0], [-1e38, 0.0]])
    expected = torch.tensor([[0.6, 0.8], [0.6, 0.8], [-1.0, 0.0]])
    torch.testing.assert_close(unit_rows(x), expected)


def test_a_backward_pass_inside_autocast_is_exact():
    z = torch.randn(20, 8) + 3  # rows with a common direction, of which gradients lose most
    weight, grads = torch.randn(20, 8), []
    for inside in (False, True):
        x = z.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=inside):
            (unit_rows(x) * weight).sum().backward()
        grads.append(x.grad)
    assert torch.equal(*grads)
