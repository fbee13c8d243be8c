import copy

import pytest
import torch
from torch import nn

from gcl.encoders import GCN, MovingAverage
from gcl.training import load_checkpoint, save_checkpoint

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


@pytest.fixture
def encoder():
    return GCN(5, 8, 6, norm="batch", activation="prelu", shared_activation=False)


def weights(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def test_starts_as_a_copy_that_shares_nothing(encoder):
    average = MovingAverage(encoder)
    x = torch.randn(4, 5)
    assert torch.equal(average(x, EDGES), copy.deepcopy(encoder)(x, EDGES))
    own = {t.data_ptr() for t in average.state_dict().values()}
    assert not own & {t.data_ptr() for t in encoder.state_dict().values()}


def test_fresh_weights_leave_the_module_as_it_is(encoder):
    before = weights(encoder)
    average = MovingAverage(encoder, fresh=True)
    assert all(torch.equal(before[name], t) for name, t in encoder.state_dict().items())
    linear = "layers.0.lin.weight"
    assert not torch.allclose(average.module.state_dict()[linear], before[linear])


def test_update_averages_weights_and_float_buffers_and_copies_counts(encoder):
    average = MovingAverage(encoder, fresh=True)
    for _ in range(3):
        encoder(torch.randn(4, 5), EDGES)  # moves the running statistics
    start, goal = weights(average.module), weights(encoder)
    average.update(encoder, 0.75)
    for name, now in average.module.state_dict().items():
        if now.is_floating_point():
            torch.testing.assert_close(now, 0.75 * start[name] + 0.25 * goal[name])
        else:
            assert now.item() == goal[name].item() == 3


def test_momentum_one_stands_still_and_zero_copies(encoder):
    average = MovingAverage(encoder, fresh=True)
    start = weights(average.module)
    average.update(encoder, 1.0)
    assert all(torch.equal(start[name], t) for name, t in average.module.state_dict().items())
    average.update(encoder, 0)
    assert all(
        torch.equal(t, encoder.state_dict()[n]) for n, t in average.module.named_parameters()
    )


def test_gives_no_gradient_and_holds_none(encoder):
    average = MovingAverage(encoder)
    assert not average(torch.randn(4, 5, requires_grad=True), EDGES).requires_grad
    assert not any(p.requires_grad for p in average.parameters())
    assert all(p.requires_grad for p in encoder.parameters())


def test_is_kept_in_a_checkpoint(encoder, tmp_path):
    average, other = MovingAverage(encoder, fresh=True), MovingAverage(encoder)
    save_checkpoint(tmp_path / "average.pt", average)
    load_checkpoint(tmp_path / "average.pt", other)
    assert all(torch.equal(weights(average)[n], t) for n, t in other.state_dict().items())


def test_what_cannot_work_is_named(encoder):
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(2))

    with pytest.raises(ValueError, match=r"fresh=True would be without effect: nothing in Scale"):
        MovingAverage(Scale(), fresh=True)
    with pytest.raises(TypeError, match="fresh must be True or False, got 1"):
        MovingAverage(encoder, fresh=1)
    average = MovingAverage(encoder)
    with pytest.raises(ValueError, match=r"momentum must be a probability .*got 1.5"):
        average.update(encoder, 1.5)
    with pytest.raises(ValueError, match=r"module must have weights of shape .*got .*\[7, 8\]"):
        average.update(GCN(5, 8, 7, norm="batch"), 0.5)


def test_weights_that_parts_share_move_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(1, 1, bias=False)
            self.b = self.a

    module = Tied()
    nn.init.zeros_(module.a.weight)
    average = MovingAverage(module)
    nn.init.ones_(module.a.weight)
    average.update(module, 0.75)
    assert average.module.a.weight.item() == pytest.approx(0.25)
