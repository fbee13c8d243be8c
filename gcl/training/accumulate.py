r"""One optimiser step over several batches, every row contrasted with those of all of them."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

import torch
from torch import Tensor, nn

from gcl.checks import NonFiniteError
from gcl.functional.autocast import single_precision
from gcl.training.diagnose import explain_loss
from gcl.training.errors import TrainingError
from gcl.training.grad_cache import grad_cache
from gcl.training.step import rate, update
from gcl.training.stepping import Stepping


def in_groups(batches: Iterable[Any], size: int) -> Iterator[list[Any]]:
    r"""The batches, ``size`` at a time; those left over at the end make a group too."""
    rest = iter(batches)
    while group := list(islice(rest, size)):
        yield group


def accumulated_step(
    method: nn.Module,
    optimizer: torch.optim.Optimizer,
    group: list[Any],
    epoch: int,
    how: Stepping,
) -> float:
    r"""Step on the loss of the rows of all batches together, and return its value.

    The gradient is that of the union of the batches if the encoder treats them independently;
    the activations of one batch at a time are in memory (:func:`gcl.training.grad_cache`).

    Raises:
        TrainingError: if loss or gradient is not finite; no step is taken with it.
    """
    parts, lr = cast(Any, method), rate(optimizer)

    def project(batch: Any) -> tuple[Tensor, ...]:
        with how.precision(method):
            return tuple(single_precision(z) for z in parts.project(batch))

    def contrast(*rows: Tensor) -> Tensor:
        with how.precision(method):
            return cast(Tensor, parts.contrast(*rows))

    optimizer.zero_grad(set_to_none=True)
    try:
        value = grad_cache(project, group, contrast).item()
    except NonFiniteError as error:
        raise TrainingError(explain_loss(str(error), epoch, method, group[0], lr)) from error
    if not math.isfinite(value):
        raise TrainingError(explain_loss(f"the loss is {value}", epoch, method, group[0], lr))
    update(method, optimizer, value, epoch, how.grad_clip)
    return value
