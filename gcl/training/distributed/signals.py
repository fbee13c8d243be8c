r"""Being asked to end: a run is left through its clean-up, and what is being saved is saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ASKED = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def leave_on_sigterm() -> Iterator[None]:
    r"""Inside, SIGTERM raises SystemExit once, as Ctrl-C raises KeyboardInterrupt.

    ``torchrun`` sends it to the processes that are left when one has died. Outside the main
    thread nothing is changed: signals are not handled there.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the way out is not to be cut short
        raise SystemExit(128 + number)

    with _handled({signal.SIGTERM: leave}):
        yield


@contextmanager
def end_at_once() -> Iterator[None]:
    r"""Inside, SIGTERM and SIGINT end the process without any clean-up of its own.

    For processes that have nothing to save: the system closes their connections, and those that
    wait for them notice.
    """
    with _handled(dict.fromkeys(ASKED, signal.SIG_DFL)):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    r"""Inside, SIGTERM and SIGINT wait; they are delivered afterwards."""
    waiting: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        waiting.append(number)

    with _handled(dict.fromkeys(ASKED, wait)):
        yield
    if waiting:
        signal.raise_signal(waiting[0])


@contextmanager
def _handled(handlers: dict[signal.Signals, Any]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
