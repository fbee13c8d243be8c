r"""What the arguments of a training loop come to once they are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gcl.checks import check_int
from gcl.functional.processes import is_distributed, world_size
from gcl.training.distributed.parallel import Parallel
from gcl.training.measurements import Measurements
from gcl.training.optim import (
    Decay,
    check_decay,
    check_horizon,
    describe_optimizer,
    make_optimizer,
    make_scheduler,
)
from gcl.training.probe import Probe
from gcl.training.run import Run
from gcl.training.stepping import Stepping
from gcl.training.stopping import Monitor, choose_monitor


@dataclass(frozen=True)
class Plan:
    r"""How long to train, at what rate, and what to look at on the way.

    Attributes:
        epochs: how many, from the beginning of the run.
        schedule: name of the schedule, or a ready one.
        warmup: epochs before the rate reaches its height.
        horizon: epochs of a schedule that has an end.
        decay: how a schedule falls that has none.
        probe: what scores the method between epochs.
        log: what else is written down.
        watched: which weights to keep, and when to stop.
        how: how a step is taken.
    """

    epochs: int
    schedule: str | LRScheduler
    warmup: int
    horizon: int | None
    decay: Decay | None
    probe: Probe
    log: Measurements
    watched: Monitor
    how: Stepping

    def start(
        self,
        method: nn.Module,
        optimizer: str | Optimizer,
        lr: float | None,
        weight_decay: float | None,
        generator: torch.Generator | None,
    ) -> Run:
        r"""A run of ``method`` at epoch 0."""
        stepper = make_optimizer(method, optimizer, lr, weight_decay)
        horizon = self.horizon or 0
        scheduler = make_scheduler(stepper, self.schedule, self.warmup, horizon, self.decay)
        parallel = Parallel(method) if is_distributed() else None
        return Run(method, stepper, scheduler, self.watched, generator, parallel)

    def settings(self, optimizer: Optimizer, seed: int | None) -> dict[str, Any]:
        r"""What a run that goes on must have been trained with before."""
        name = self.schedule if isinstance(self.schedule, str) else type(self.schedule).__name__
        return describe_optimizer(optimizer) | {
            "schedule": name,
            "warmup": self.warmup,
            "schedule_epochs": self.horizon,
            "lr_decay": None if self.decay is None else self.decay.factor,
            "lr_min": None if self.decay is None else self.decay.lowest,
            "seed": seed,
            "monitor": self.watched.kind,
            "processes": world_size(),
            "autocast": self.how.autocast,
            "grad_clip": self.how.grad_clip,
            "accumulate": None if self.how.accumulate == 1 else self.how.accumulate,
        }


def make_plan(
    epochs: int,
    *,
    schedule: str | LRScheduler,
    warmup: int,
    schedule_epochs: int | None,
    lr_decay: float | None,
    lr_min: float | None,
    how: Stepping,
    monitor: str | None,
    patience: int | None,
    probe: Callable[[nn.Module], float] | None,
    probe_every: int | None,
    log: Callable[[nn.Module], Mapping[str, float]] | None,
    log_every: int | None,
) -> Plan:
    r"""Check arguments of :func:`gcl.training.fit`, which says what they mean."""
    check_int(epochs, "epochs")
    horizon = check_horizon(schedule, schedule_epochs, epochs, warmup)
    return Plan(
        epochs,
        schedule,
        warmup,
        horizon,
        check_decay(schedule, lr_decay, lr_min),
        Probe(probe, probe_every, epochs),
        Measurements(log, log_every, epochs),
        Monitor(choose_monitor(monitor, patience, probe is not None), patience),
        how,
    )
