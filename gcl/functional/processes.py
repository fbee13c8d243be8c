r"""What processes of one group tell each other, in such a way that all of them notice a failure.

Legend: R processes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import distributed

Value = TypeVar("Value")
_ALONE = [False]


class ProcessError(RuntimeError):
    r"""Another process of the group has failed, or is gone; the message says which, and why.

    Attributes:
        kind: name of the class of its error; None if it went without a word.
    """

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind


def is_distributed() -> bool:
    r"""Whether several processes of one group are at work."""
    return (
        not _ALONE[0]
        and distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def rank() -> int:
    r"""The number of this process in its group; 0 without one."""
    return distributed.get_rank() if is_distributed() else 0


def world_size() -> int:
    r"""The number of processes R of the group; 1 without one."""
    return distributed.get_world_size() if is_distributed() else 1


@contextmanager
def alone() -> Iterator[None]:
    r"""Inside, this process takes itself for the only one: nothing waits for the others."""
    before, _ALONE[0] = _ALONE[0], True
    try:
        yield
    finally:
        _ALONE[0] = before


def exchange(number: float, failure: Exception | None = None) -> list[float]:
    r"""The number of each process, in the order of the ranks; or an error in all of them.

    All processes must call it equally often. One that has failed calls it once with what it
    caught, wherever the others are: their next exchange then raises instead of waiting.

    Raises:
        ProcessError: if another process has failed.
        Exception: ``failure`` itself.
    """
    if not is_distributed():
        if failure is not None:
            raise failure
        return [float(number)]
    own = [float(failure is not None), float(number)]
    with connection():
        mine = torch.tensor(own, dtype=torch.float64, device=communication_device())
        parts = [torch.empty_like(mine) for _ in range(world_size())]
        distributed.all_gather(parts, mine)
        failed, numbers = zip(*(part.tolist() for part in parts), strict=True)
    if any(failed):
        _raise(failure)
    return list(numbers)


def _raise(failure: Exception | None) -> None:
    said = all_gather_objects(None if failure is None else (type(failure).__name__, str(failure)))
    if failure is not None:
        raise failure
    number, (kind, text) = next((i, s) for i, s in enumerate(said) if s is not None)
    raise ProcessError(f"process {number} failed: {text or kind}", kind)


def together(action: Callable[[], Value], number: Callable[[Value], float]) -> tuple:
    r"""Call ``action`` in every process: its value, and the number of each process' value.

    Raises:
        ProcessError: if it raised in another process.
    """
    try:
        value = action()
        own = number(value)
    except ProcessError:  # the others know
        raise
    except Exception as error:
        exchange(0.0, error)
        raise
    return value, exchange(own)


def lead(action: Callable[[], Value]) -> Value:
    r"""Call ``action`` in the first process alone; its value, or its failure, is that of all."""
    if not is_distributed():
        return action()
    box: list = [None]

    def first() -> None:
        with alone():
            box[0] = action()

    together(first if rank() == 0 else lambda: None, lambda _: 0.0)
    with connection():
        distributed.broadcast_object_list(box, src=0, device=communication_device())
    return box[0]


def all_gather_objects(value: Value) -> list[Value]:
    r"""The value of each process, in the order of the ranks; pickled on the way."""
    if not is_distributed():
        return [value]
    box: list = [None] * world_size()
    with connection():
        distributed.all_gather_object(box, value)
    return box


@contextmanager
def connection() -> Iterator[None]:
    r"""A connection that breaks inside, or a process that does not answer, is a ProcessError."""
    try:
        yield
    except RuntimeError as error:
        if not is_distributed() or isinstance(error, ProcessError):
            raise
        words = ("gloo", "connection", "timed out", "timeout", "nccl")
        broken = isinstance(error, distributed.DistError)
        if not broken and not any(word in str(error).lower() for word in words):
            raise
        reason = str(error).splitlines()[0].split(". ")[0]
        raise ProcessError(
            f"process {distributed.get_rank()} has lost the others, whose errors say why ({reason})"
        ) from error


def communication_device() -> torch.device:
    r"""Where tensors have to be for the group to send them."""
    if distributed.get_backend() != "nccl":
        return torch.device("cpu")
    return torch.device("cuda", torch.cuda.current_device())
