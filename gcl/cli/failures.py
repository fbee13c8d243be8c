r"""How a command ends: exit codes, one message a failure, Ctrl-C, closed pipes."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

OWN = str(Path(__file__).parents[1])


class UsageError(ValueError):
    r"""The command was called in a wrong way: exit code 2."""


class FailedError(RuntimeError):
    r"""The command was right, but what it had to work with is not: exit code 1."""


class Interrupted(KeyboardInterrupt):
    r"""Ctrl-C, with a message on what is left and how to go on, or none: exit code 130."""


def guard(label: str, action: Callable[[], None], *, debug: bool) -> int:
    r"""Call ``action``; whatever it raises becomes one message on stderr and an exit code.

    Args:
        label: starts the message.
        action: the command.
        debug: print the traceback too, and every warning.
    """
    try:
        with own_warnings(label, debug):
            action()
            sys.stdout.flush()
    except SystemExit as request:  # --help
        return int(request.code or 0)
    except BrokenPipeError:  # the reader has seen enough (gcl list | head)
        _silence_stdout()
        return 141
    except Interrupted as error:
        return _report(label, str(error), 130, debug) if str(error) else 130
    except KeyboardInterrupt:
        return _report(label, "interrupted", 130, debug)
    except Exception as error:
        return _report(f"{label}: error", describe(error), exit_code(error), debug)
    return 0


def exit_code(error: Exception) -> int:
    r"""2 for wrong use, 1 for a failed run."""
    if isinstance(error, UsageError):
        return 2
    from gcl.training.errors import CheckpointError

    wrong_use = isinstance(error, ValueError | TypeError | FileNotFoundError)
    return 2 if wrong_use and not isinstance(error, CheckpointError) else 1


def describe(error: Exception) -> str:
    r"""The message of ``error``; its type too where the message alone would say little."""
    text = str(error).strip()
    if isinstance(error, MemoryError):
        return text or "out of memory"
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    if isinstance(error, ValueError | TypeError | OSError | FailedError) and text:
        return text
    from gcl.training.errors import TrainingError

    if isinstance(error, TrainingError):
        return text
    first = text.splitlines()[0] if text else "no message"
    return f"{type(error).__name__}: {first} (--debug shows where)"


def _report(label: str, message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"{label}: {message}", file=sys.stderr)
    return code


@contextmanager
def own_warnings(label: str, debug: bool) -> Iterator[None]:
    r"""Show warnings of this package in one line each, those of others only for debugging."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> Any:
        if filename.startswith(OWN):
            print(f"{label}: warning: {message}", file=sys.stderr)

    with warnings.catch_warnings():  # filters stay as they are; only the printing differs
        if not debug:
            warnings.showwarning = show
        yield


def _silence_stdout() -> None:
    r"""Let the interpreter's last flush go nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # stdout is no file of the system: nothing to flush into
