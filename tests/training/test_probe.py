import pytest
import torch

from gcl.training import TrainingError
from gcl.training.probe import Probe


def test_is_due_by_the_number_of_the_epoch():
    probe = Probe(lambda method: 0.5, 3, epochs=7)
    assert [e for e in range(1, 8) if probe(None, e) is not None] == [3, 6]


def test_no_probe():
    assert Probe(None, None, 5)(None, 1) is None


@pytest.mark.parametrize("value", [1, torch.tensor(1.0), torch.ones(1), True])
def test_numbers_of_every_kind(value):
    assert Probe(lambda method: value, None, 1)(None, 1) == 1.0


@pytest.mark.parametrize("value", [None, "high", {"accuracy": 1}])
def test_not_a_number(value):
    with pytest.raises(TypeError, match="probe must return a number, got"):
        Probe(lambda method: value, None, 1)(None, 1)


def test_nan_score():
    with pytest.raises(TrainingError, match="the probe returned nan at epoch 4"):
        Probe(lambda method: float("nan"), 1, 4)(None, 4)


def test_probe_every():
    with pytest.raises(ValueError, match="probe_every must be at least 1, got 0"):
        Probe(len, 0, 4)
