r"""Checks of what :func:`gcl.training.fit` is called with."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from gcl.checks import check_int, describe
from gcl.training.batches import Batches


def check_method(method: nn.Module) -> None:
    r"""Raise TypeError unless ``method`` is a module with a ``step``."""
    if not isinstance(method, nn.Module) or not callable(getattr(method, "step", None)):
        raise TypeError(
            f"method must be an nn.Module instance with step(batch) -> loss, got {describe(method)}"
        )


def place(method: nn.Module, device: str | torch.device | None) -> torch.device:
    r"""Move ``method`` to ``device`` if one is given; the device where its parameters now are."""
    if device is not None:
        method.to(device)
    parameter = next(method.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


def refuse_ignored(out: str | Path | None, **options: Any) -> None:
    r"""Raise ValueError for an option of the folder of a run where there is none."""
    for name, value in options.items():
        if out is None and value is not None and value is not False:
            raise ValueError(f"{name}={value!r} would be ignored: there is no folder out")


def check_every(checkpoint_every: int | None) -> int:
    r"""After how many epochs a checkpoint is due."""
    return 50 if checkpoint_every is None else check_int(checkpoint_every, "checkpoint_every", 1)


def refuse_one_batch(batches: Batches, accumulate: int) -> None:
    r"""Raise ValueError if there are no batches to accumulate."""
    if batches.full_batch and accumulate > 1:
        raise ValueError(
            f"accumulate={accumulate} would be ignored: data is one graph, not a loader of batches"
        )


def check_total(epochs: int, done: int) -> None:
    r"""Raise ValueError if a run has more epochs already than it is to have."""
    if epochs < done:
        raise ValueError(
            f"epochs counts from the beginning of the run, which has {done} already; got {epochs}"
        )
