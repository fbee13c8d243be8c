import pytest
import torch

from gcl.methods.clock import Clock, cosine_momentum


def test_steps_are_counted_and_survive_a_checkpoint():
    clock, restored = Clock(), Clock()
    assert [clock.tick() for _ in range(3)] == [1, 2, 3]
    restored.load_state_dict(clock.state_dict())
    assert restored.tick() == 4
    assert clock.steps.dtype == torch.long


def test_momentum_rises_along_a_cosine_and_stays_at_one():
    values = [cosine_momentum(0.9, step, 100) for step in (0, 50, 100, 200)]
    assert values == pytest.approx([0.9, 0.95, 1.0, 1.0])
