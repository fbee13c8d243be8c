r"""How an optimiser step is taken: clipped, in mixed precision, over several batches."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import nn

from gcl.checks import check_int, check_positive, unknown
from gcl.functional.processes import is_distributed

AUTOCAST = {"bf16": torch.bfloat16}


class Stepping(NamedTuple):
    r"""How a step is taken.

    Attributes:
        grad_clip: largest norm of the gradient; no clipping if None.
        autocast: ``"bf16"`` for a forward pass in mixed precision, None for none.
        accumulate: how many batches make one step.
    """

    grad_clip: float | None = None
    autocast: str | None = None
    accumulate: int = 1

    def precision(self, method: nn.Module) -> AbstractContextManager[Any]:
        r"""What the forward pass is to run in; the backward pass runs outside of it."""
        if self.autocast is None:
            return nullcontext()
        parameter = next(method.parameters(), None)
        device = "cpu" if parameter is None else parameter.device.type
        return torch.autocast(device, dtype=AUTOCAST[self.autocast])


def make_stepping(
    method: nn.Module, grad_clip: float | None, autocast: str | None, accumulate: int
) -> Stepping:
    r"""Check arguments of :func:`gcl.training.fit`, which says what they mean."""
    if grad_clip is not None:
        check_positive(grad_clip, "grad_clip")
    if autocast is not None and (not isinstance(autocast, str) or autocast not in AUTOCAST):
        known = ", ".join(AUTOCAST)
        raise ValueError(f"autocast must be None or one of {known}; {unknown(autocast, AUTOCAST)}")
    if check_int(accumulate, "accumulate", minimum=1) > 1:
        check_separable(method, accumulate)
    return Stepping(grad_clip, autocast, accumulate)


def check_separable(method: nn.Module, accumulate: int) -> None:
    r"""Raise unless a step of ``method`` comes in two parts, rows and their loss."""
    name = type(method).__name__
    parts = (getattr(method, part, None) for part in ("project", "contrast"))
    if not all(map(callable, parts)):
        raise TypeError(
            f"accumulate must be 1 for {name}, got {accumulate}: it takes a method with "
            "project(batch) -> rows and contrast(*rows) -> loss, as GRACE has"
        )
    if is_distributed():
        raise ValueError(
            f"accumulate must be 1 with several processes, got {accumulate}: their rows are "
            "contrasted together already"
        )
    reason = getattr(method, "bound_to_batch", None)
    if reason is not None:
        raise TypeError(f"accumulate must be 1 for this {name}, got {accumulate}: {reason}")
