import pytest

from gcl.methods.epochs import Epochs


def test_the_length_is_that_of_the_first_batch_and_kept_in_checkpoints():
    epochs = Epochs()
    assert [epochs.tick(10, 4) for _ in range(2)] == [0, 0]
    assert epochs.tick(10, 2) == 0  # the last batch of an epoch is smaller
    later = Epochs()
    later.load_state_dict(epochs.state_dict())
    assert later.tick(10, 2) == 1
    assert [Epochs(1).tick(10, 2) for _ in range(2)] == [0, 0]


def test_bad_length_is_named():
    with pytest.raises(ValueError, match="steps_per_epoch must be at least 1, got 0"):
        Epochs(0)
