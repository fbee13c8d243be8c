import torch

from gcl.functional.eager import with_gradient


def function(x, y, z):
    return (x.exp() @ y).tanh().sum() * z.mean()


def inputs(*needed):
    shapes = ((3, 2), (2, 4), (5,))
    return [
        torch.randn(s, dtype=torch.double, requires_grad=n)
        for s, n in zip(shapes, needed, strict=True)
    ]


def test_value_and_gradient_are_those_of_autograd():
    tensors = inputs(True, True, True)
    assert torch.equal(with_gradient(function, *tensors), function(*tensors))
    assert torch.autograd.gradcheck(lambda *t: 3 * with_gradient(function, *t), tensors)


def test_only_what_is_needed_gets_a_gradient():
    x, y, z = inputs(False, True, False)
    with_gradient(function, x, y, z).backward()
    assert x.grad is None
    assert z.grad is None
    torch.testing.assert_close(y.grad, torch.autograd.grad(function(x, y, z), y)[0])


def test_nothing_is_kept_without_gradients():
    assert not with_gradient(function, *inputs(False, False, False)).requires_grad
    with torch.no_grad():
        assert not with_gradient(function, *inputs(True, True, True)).requires_grad


def test_intermediates_are_gone_on_return():
    x = torch.randn(100, requires_grad=True)
    value = with_gradient(lambda x: x.exp().sin().cos().sum(), x)
    assert [t.shape for t in value.grad_fn.saved_tensors] == [x.shape]


def test_no_gradient_is_computed_where_gradients_are_off():
    x, calls = torch.ones(3, requires_grad=True), []
    with torch.no_grad():
        with_gradient(lambda x: (calls.append(x.requires_grad), x.sum())[1] * 1, x.clone())
        value = with_gradient(lambda x: Watched.apply(x, calls).sum(), x)
    assert value == 3
    assert "backward" not in calls
    with_gradient(lambda x: Watched.apply(x, calls).sum(), x)
    assert "backward" in calls


class Watched(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, calls):
        ctx.calls = calls
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        ctx.calls.append("backward")
        return grad, None
