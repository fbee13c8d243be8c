"""SIGTERM is a way out through the clean-up, and waits while something is saved."""

import signal

import pytest

from gcl.training.distributed.signals import end_at_once, leave_on_sigterm, undisturbed


def test_sigterm_leaves_once_and_is_as_before_afterwards():
    before = signal.getsignal(signal.SIGTERM)

    def asked_twice():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)  # the second one is too late to matter

    with pytest.raises(SystemExit) as caught, leave_on_sigterm():
        asked_twice()
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_what_is_saved_is_saved_first(number, kind):
    done = []
    before = signal.getsignal(signal.SIGINT)  # ignored in a process that a shell put aside
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def save():
        with undisturbed():
            signal.raise_signal(number)
            done.append("saved")
        done.append("never")

    try:
        with pytest.raises(kind), leave_on_sigterm():
            save()
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["saved"]


def test_others_end_at_once():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with end_at_once():
        assert signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_undisturbed_alone():
    with undisturbed():
        pass
