import pytest
import torch
from torch import nn

from gcl.training.stopping import Monitor, choose_monitor


def weights(value):
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


@pytest.mark.parametrize(
    ("monitor", "patience", "has_probe", "expected"),
    [
        (None, None, False, None),
        (None, 3, False, "loss"),
        (None, None, True, "probe"),
        (None, 3, True, "probe"),
        ("loss", None, True, "loss"),
        ("loss", None, False, "loss"),
    ],
)
def test_what_is_monitored(monitor, patience, has_probe, expected):
    assert choose_monitor(monitor, patience, has_probe) == expected


@pytest.mark.parametrize(("kind", "best"), [("loss", 3), ("probe", 2)])
def test_lower_loss_higher_probe(kind, best):
    monitor = Monitor(kind)
    for epoch, value in enumerate([2.0, 5.0, 1.0, 5.0, 1.0], 1):
        monitor.look(kind, value, epoch, weights(epoch))
    assert monitor.best_epoch == best
    assert monitor.best_weights["weight"].item() == best
    assert monitor.waited == 5 - best


def test_the_other_kind_is_not_looked_at():
    monitor = Monitor("probe", patience=1)
    for epoch in range(3):
        monitor.look("loss", float(epoch), epoch, weights(0))
    assert (monitor.best_epoch, monitor.done) == (None, False)


def test_kept_weights_are_never_written_to():
    monitor, layer = Monitor("loss"), weights(1)
    monitor.look("loss", 1.0, 1, layer)
    kept = monitor.best_weights
    with torch.no_grad():
        layer.weight.fill_(2)
    monitor.look("loss", 0.5, 2, layer)
    assert kept["weight"].item() == 1
    assert monitor.best_weights["weight"].item() == 2


def test_patience_starts_again_with_each_improvement():
    monitor = Monitor("loss", patience=2)
    done = []
    for epoch, value in enumerate([3.0, 4.0, 2.0, 2.0, 2.5], 1):
        monitor.look("loss", value, epoch, weights(0))
        done.append(monitor.done)
    assert done == [False, False, False, False, True]


def test_state_round_trip():
    first, second = Monitor("loss", 2), Monitor("loss", 2)
    first.look("loss", 1.0, 1, weights(7))
    first.look("loss", 1.0, 2, weights(8))
    second.restore(first.state(), first.best_weights)
    second.look("loss", 1.0, 3, weights(9))
    assert (second.done, second.best_epoch, second.best_value) == (True, 1, 1.0)
    assert second.best_weights["weight"].item() == 7
