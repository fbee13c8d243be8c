r"""Numbers about a method that are logged between epochs and decide nothing."""

from collections.abc import Callable, Mapping
from typing import cast

from torch import Tensor, nn

from gcl.checks import check_int, describe
from gcl.functional.processes import lead
from gcl.training.seeds import random_state_kept

RESERVED = ("epoch", "loss", "lr", "seconds", "probe")


class Measurements:
    r"""Calls ``function(method)`` after every ``every`` epochs, its random draws kept apart.

    Of several processes, the first calls it for all.
    """

    def __init__(
        self,
        function: Callable[[nn.Module], Mapping[str, float]] | None,
        every: int | None,
        epochs: int,
    ) -> None:
        if function is None and every is not None:
            raise ValueError(f"log_every={every} would be ignored: there is no log")
        if function is not None and not callable(function):
            raise TypeError(f"log must be a function of the method, got {describe(function)}")
        self.function = function
        self.every = 1 if every is None else check_int(every, "log_every", minimum=1)
        if self.every > epochs > 0:
            raise ValueError(f"log_every must be at most epochs={epochs}, got {self.every}")

    def __call__(self, method: nn.Module, epoch: int) -> dict[str, float] | None:
        r"""The numbers after ``epoch`` by name; None when none are due."""
        if self.function is None or epoch % self.every:
            return None
        return lead(lambda: self._values(method))

    def _values(self, method: nn.Module) -> dict[str, float]:
        with random_state_kept():
            values = cast(Callable, self.function)(method)
        return _checked(values)


def _checked(values: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(values, Mapping):
        raise TypeError(f"log must return numbers by name, got {describe(values)}")
    taken = [name for name in values if name in RESERVED]
    if taken:
        raise ValueError(f"log must not use the names {', '.join(RESERVED)}, got {taken[0]!r}")
    try:
        return {str(name): _number(value) for name, value in values.items()}
    except (TypeError, ValueError) as error:
        raise TypeError(f"log must return numbers by name, got {describe(values)}") from error


def _number(value: float | Tensor) -> float:
    return value.detach().item() if isinstance(value, Tensor) else float(value)
