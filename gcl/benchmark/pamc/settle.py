r"""Bring a process to rest before its memory is measured."""

import contextlib
import ctypes
import gc
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def settled(work: Callable[[], Value]) -> Callable[[], Value]:
    r"""Run ``work`` once and give freed memory back to the system; return it for another run.

    What the work prepares once then counts as its input, and what preparing it took is not there
    to be reused, which would hide as much of the peak.
    """
    work()
    gc.collect()
    with contextlib.suppress(AttributeError, TypeError):  # not the GNU C library
        ctypes.CDLL(None).malloc_trim(0)
    return work
