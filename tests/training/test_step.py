import pytest
import torch
from torch import nn

from gcl.training import TrainingError
from gcl.training.step import backward, forward


class Gives(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([3.0, 4.0]))
        self.make = make

    def step(self, batch):
        return self.make(self.w)


def run(make, grad_clip=None, lr=1.0):
    method = Gives(make)
    optimizer = torch.optim.SGD(method.parameters(), lr=lr)
    loss, _ = forward(method, None, 7, lr)
    backward(method, optimizer, loss, 7, grad_clip)
    return method.w.tolist()


def test_step_follows_the_gradient():
    assert run(lambda w: (w * w).sum() / 2) == [0, 0]


def test_clip_keeps_the_direction():
    assert run(lambda w: (w * w).sum() / 2, grad_clip=2.5) == pytest.approx([1.5, 2.0])
    assert run(lambda w: (w * w).sum() / 2, grad_clip=9.0) == pytest.approx([0, 0])


@pytest.mark.parametrize(
    "make",
    [lambda w: w, lambda w: w[:1], lambda w: 1.0, lambda w: None, lambda w: torch.tensor(3)],
    ids=["vector", "one_element", "float", "none", "integer"],
)
def test_not_a_scalar_loss(make):
    with pytest.raises(TypeError, match="method.step must return a floating-point scalar"):
        run(make)


def test_detached_loss():
    with pytest.raises(ValueError, match="does not require a gradient"):
        run(lambda w: w.detach().sum())


def test_loss_that_misses_the_parameters():
    other = torch.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="reaches no parameter that the optimizer holds"):
        run(lambda w: other.sum())


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_loss_that_is_not_finite(value):
    with pytest.raises(TrainingError, match=f"loss is {value} at epoch 7.*lr|lower lr"):
        run(lambda w: w.sum() * float(value))


def test_gradient_that_is_not_finite():
    text = "gradient of w has NaN or infinite entries at epoch 7, though the loss is 0.*square root"
    method = Gives(lambda w: ((w - w.detach()) ** 2).sum().sqrt())
    optimizer = torch.optim.SGD(method.parameters(), lr=1.0)
    loss, _ = forward(method, None, 7, 1.0)
    with pytest.raises(TrainingError, match=text):
        backward(method, optimizer, loss, 7, None)
    assert method.w.tolist() == [3, 4]


def test_norm_may_overflow_where_nothing_is_clipped():
    def steep(w):
        return ((w - w.detach()) * 3e38).sum()  # each entry is finite, its square is not

    assert run(steep, lr=1e-38) == pytest.approx([0, 1], abs=1e-6)
    with pytest.raises(TrainingError, match="norm of the gradient overflows at epoch 7"):
        run(steep, grad_clip=1.0)


def test_sparse_gradients():
    table = nn.Embedding(3, 1, sparse=True)
    nn.init.ones_(table.weight)
    table.step = lambda batch: table(torch.tensor([1])).square().sum() / 2
    loss, _ = forward(table, None, 1, 1.0)
    backward(table, torch.optim.SGD(table.parameters(), lr=1.0), loss, 1, None)
    assert table.weight.flatten().tolist() == [1, 0, 1]
