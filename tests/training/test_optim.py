import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from gcl.training.optim import (
    Decay,
    check_decay,
    check_horizon,
    describe_optimizer,
    make_optimizer,
    make_scheduler,
)


@pytest.fixture
def layer():
    return nn.Linear(2, 1)


def rates(layer, schedule, warmup, horizon, epochs, decay=None, lr=1.0):
    optimizer = make_optimizer(layer, "adam", lr, None)
    scheduler = make_scheduler(optimizer, schedule, warmup, horizon, decay)
    seen = []
    for _ in range(epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def test_names_and_defaults(layer):
    adam = make_optimizer(layer, "adam", None, None)
    assert describe_optimizer(adam) == {"optimizer": "Adam", "lr": 5e-4, "weight_decay": 0}
    adamw = make_optimizer(layer, "adamw", 0.1, 0.2)
    assert describe_optimizer(adamw) == {"optimizer": "AdamW", "lr": 0.1, "weight_decay": 0.2}


def test_frozen_parameters_are_left_out(layer):
    layer.bias.requires_grad_(False)
    held = make_optimizer(layer, "adam", None, None).param_groups[0]["params"]
    assert [id(p) for p in held] == [id(layer.weight)]


class Awkward(nn.Module):
    """Gradients that come transposed, expanded, in parts and for single rows."""

    def __init__(self, gaps=False):
        super().__init__()
        torch.manual_seed(3)
        self.turned = nn.Parameter(torch.randn(4, 6))
        self.summed = nn.Parameter(torch.randn(6, 4)[:, ::2] if gaps else torch.randn(6, 2))
        self.rows = nn.Embedding(5, 3)
        self.factor = nn.Parameter(torch.randn(()))

    def step(self, batch):
        turned = (self.turned.t() @ batch).square().mean() + self.turned.t().sum()
        rows = self.rows(torch.tensor([0, 3, 3])).square().sum()
        return turned + self.summed.sum() * self.factor + rows


@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize("gaps", [False, True])
def test_steps_are_those_of_the_plain_loop(name, gaps):
    ours, plain = Awkward(gaps), Awkward(gaps)
    reference = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    optimizers = (
        make_optimizer(ours, name, 0.1, 0.01),
        reference(plain.parameters(), lr=0.1, weight_decay=0.01, foreach=False),
    )
    for _ in range(5):
        batch = torch.randn(4, 3)
        for method, optimizer in zip((ours, plain), optimizers, strict=True):
            optimizer.zero_grad()
            method.step(batch).backward()
            optimizer.step()
    assert optimizers[0].param_groups[0]["fused"] is (None if gaps else True)
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)


def test_nothing_to_train(layer):
    with pytest.raises(ValueError, match="method has no trainable parameter: Linear"):
        make_optimizer(layer.requires_grad_(False), "adam", None, None)


def test_ready_optimizer_is_taken_as_it_is(layer):
    sgd = torch.optim.SGD(layer.parameters(), lr=0.1)
    assert make_optimizer(layer, sgd, None, None) is sgd
    with pytest.raises(ValueError, match="lr=0.2 would be ignored"):
        make_optimizer(layer, sgd, 0.2, None)
    with pytest.raises(ValueError, match="weight_decay=0 would be ignored"):
        make_optimizer(layer, sgd, None, 0)


def test_optimizer_of_another_method(layer):
    with pytest.raises(ValueError, match="optimizer holds none of the method's"):
        make_optimizer(nn.Linear(2, 1), torch.optim.SGD(layer.parameters(), lr=0.1), None, None)


def test_constant_needs_no_scheduler(layer):
    assert make_scheduler(make_optimizer(layer, "adam", None, None), "constant", 0, 0) is None


def test_warmup_is_linear(layer):
    assert rates(layer, "constant", 3, 0, 5) == pytest.approx([0.25, 0.5, 0.75, 1, 1])


def test_cosine_falls_from_full_to_nearly_zero(layer):
    expected = [1, (1 + 2**-0.5) / 2, 0.5, (1 - 2**-0.5) / 2]
    assert rates(layer, "cosine", 0, 4, 4) == pytest.approx(expected)
    assert rates(layer, "cosine", 1, 3, 3) == pytest.approx([0.5, 1, 0.5])


def test_exponential_falls_by_a_factor_to_its_end(layer):
    seen = rates(layer, "exponential", 0, 0, 5, Decay(0.5, 0.3), lr=2.0)
    assert seen == pytest.approx([2, 1, 0.5, 0.3, 0.3])
    seen = rates(layer, "exponential", 1, 0, 4, Decay(0.1, 0.0))
    assert seen == pytest.approx([0.5, 1, 0.1, 0.01])
    with pytest.raises(ValueError, match=r"lr_min must be at most lr=1.0, got 2.0"):
        rates(layer, "exponential", 0, 0, 1, Decay(0.5, 2.0))


def test_decay():
    assert check_decay("exponential", 0.98, None) == (0.98, 0.0)
    assert check_decay("cosine", None, None) is None
    with pytest.raises(ValueError, match="lr_min=0.1 would be ignored: only 'exponential'"):
        check_decay("constant", None, 0.1)
    for bad in (None, 0.0, 1.5):
        with pytest.raises(ValueError, match=rf"lr_decay must be in \(0, 1\].*got {bad}"):
            check_decay("exponential", bad, None)
    with pytest.raises(ValueError, match="lr_min must be"):
        check_decay("exponential", 0.5, -1)


def test_ready_schedule(layer):
    sgd = torch.optim.SGD(layer.parameters(), lr=0.1)
    schedule = StepLR(sgd, 2)
    assert make_scheduler(sgd, schedule, 0, 0) is schedule
    with pytest.raises(ValueError, match="warmup=2 would be ignored"):
        make_scheduler(sgd, schedule, 2, 0)
    with pytest.raises(ValueError, match="schedule belongs to another optimizer"):
        make_scheduler(make_optimizer(layer, "adam", None, None), schedule, 0, 0)
    with pytest.raises(TypeError, match="got ReduceLROnPlateau; use patience"):
        make_scheduler(sgd, ReduceLROnPlateau(sgd), 0, 0)


def test_horizon():
    assert check_horizon("constant", None, 5, 2) is None
    assert check_horizon("cosine", None, 5, 2) == 5
    assert check_horizon("cosine", 9, 5, 2) == 9
    with pytest.raises(ValueError, match="schedule_epochs must be at least epochs=5, got 4"):
        check_horizon("cosine", 4, 5, 2)
    with pytest.raises(ValueError, match="schedule_epochs=4 would be ignored"):
        check_horizon("constant", 4, 5, 2)
    with pytest.raises(ValueError, match="warmup must be below the 5 epochs .* got 5"):
        check_horizon("cosine", None, 5, 5)
