r"""A validation score taken between epochs."""

import math
from collections.abc import Callable
from typing import cast

from torch import nn

from gcl.checks import check_int, describe
from gcl.functional.processes import lead
from gcl.training.errors import TrainingError
from gcl.training.seeds import random_state_kept


class Probe:
    r"""Calls ``function(method)`` after every ``every`` epochs, its random draws kept apart.

    It is due by the epoch's number alone, never because a run ends: a run made in parts then has
    the same probes as one made at once. Of several processes, the first calls it for all.
    """

    def __init__(
        self, function: Callable[[nn.Module], float] | None, every: int | None, epochs: int
    ) -> None:
        if function is None and every is not None:
            raise ValueError(f"probe_every={every} would be ignored: there is no probe")
        if function is not None and not callable(function):
            raise TypeError(f"probe must be a function of the method, got {describe(function)}")
        self.function = function
        self.every = 1 if every is None else check_int(every, "probe_every", minimum=1)
        if self.every > epochs > 0:
            raise ValueError(f"probe_every must be at most epochs={epochs}, got {self.every}")

    def __call__(self, method: nn.Module, epoch: int) -> float | None:
        r"""The score after ``epoch``; None when none is due."""
        if self.function is None or epoch % self.every:
            return None
        return lead(lambda: self._score(method, epoch))

    def _score(self, method: nn.Module, epoch: int) -> float:
        with random_state_kept():
            value = cast(Callable, self.function)(method)
        return _check_score(value, epoch)


def _check_score(value: float, epoch: int) -> float:
    try:
        score = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"probe must return a number, got {describe(value)}") from error
    if not math.isfinite(score):
        raise TrainingError(f"the probe returned {score} at epoch {epoch}")
    return score
