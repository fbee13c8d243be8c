from collections.abc import Iterator
from contextlib import contextmanager

from gcl.functional.processes import ProcessError


class TrainingError(RuntimeError):
    r"""Training cannot go on: a loss, gradient or probe is not finite. The message says why."""


class CheckpointError(ValueError):
    r"""A checkpoint is damaged, foreign, or does not fit the method or the run it is used for."""


@contextmanager
def same_in_all_processes() -> Iterator[None]:
    r"""A TrainingError of another process is one of this process too."""
    try:
        yield
    except ProcessError as error:
        if error.kind == TrainingError.__name__:
            raise TrainingError(str(error)) from error
        raise
