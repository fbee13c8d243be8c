import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.profiler import ProfilerActivity, profile

from gcl.encoders import PReLU


def through(module, x, grad):
    y = module(x)
    return y, *torch.autograd.grad(y, (x, module.weight), grad)


def entries(dtype):
    x = torch.randn(50, 7).to(dtype)
    x[0, 0] = 0.0
    return x.requires_grad_(), torch.randn(50, 7).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_value_and_gradients_are_those_of_torch(dtype):
    x, grad = entries(dtype)
    ours = through(PReLU(init=-0.3).to(dtype), x, grad)
    reference = through(nn.PReLU(init=-0.3).to(dtype), x, grad)
    for a, b in zip(ours, reference, strict=True):
        torch.testing.assert_close(a, b)


def test_gradients_of_any_order_are_right():
    module, x = PReLU().double(), entries(torch.float64)[0][1:6]

    def f(x, weight):
        return functional_call(module, {"weight": weight}, x)

    assert torch.autograd.gradcheck(f, (x, module.weight))
    assert torch.autograd.gradgradcheck(f, (x, module.weight))


def test_torch_func_differentiates_it():
    x = torch.tensor([[-2.0, 3.0]])
    assert torch.func.grad(lambda x: PReLU()(x).sum())(x).tolist() == [[0.25, 1.0]]


def test_gradients_spread_by_a_sum_and_of_transposed_entries():
    x = torch.randn(5, 4, requires_grad=True)
    ours, reference = PReLU(), nn.PReLU()
    a, b = (torch.autograd.grad(m(x.t()).sum(), (x, m.weight)) for m in (ours, reference))
    torch.testing.assert_close(a, b)


def test_a_frozen_slope_gets_no_gradient():
    module, x = PReLU().requires_grad_(False), torch.tensor([[-2.0, 3.0]], requires_grad=True)
    module(x).sum().backward()
    assert x.grad.tolist() == [[0.25, 1.0]]
    assert module.weight.grad is None


def test_bfloat16_under_autocast_stays_and_the_slope_is_trained_in_float32():
    module, x = PReLU(), entries(torch.bfloat16)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = module(x)
    y.float().sum().backward()
    assert y.dtype == x.grad.dtype == torch.bfloat16
    assert module.weight.grad.dtype == torch.float32


def test_weights_of_torch_load_and_several_slopes_work():
    one, many = PReLU(), PReLU(7)
    one.load_state_dict(nn.PReLU(init=0.5).state_dict())
    assert one.weight.item() == 0.5
    x, grad = entries(torch.float32)
    for a, b in zip(through(many, x, grad), through(nn.PReLU(7), x, grad), strict=True):
        torch.testing.assert_close(a, b)


def test_no_entries():
    module, x = PReLU(), torch.empty(0, 3, requires_grad=True)
    module(x).sum().backward()
    assert x.grad.shape == (0, 3)
    assert module.weight.grad.item() == 0.0


@pytest.mark.parametrize(("module", "scalar"), [(PReLU(), False), (nn.PReLU(), True)])
def test_scalar_kernel_of_torch_does_not_run_on_the_cpu(module, scalar):
    x, grad = entries(torch.float32)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        through(module, x, grad)
    assert ("aten::_prelu_kernel_backward" in {e.key for e in seen.key_averages()}) is scalar
