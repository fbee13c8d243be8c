r"""One epoch of training."""

import time
from typing import Any

from torch import Tensor

from gcl.training.batches import Batches
from gcl.training.measurements import Measurements
from gcl.training.probe import Probe
from gcl.training.run import Run
from gcl.training.step import backward, forward, rate


def train_epoch(
    run: Run, batches: Batches, probe: Probe, log: Measurements, grad_clip: float | None
) -> None:
    r"""One pass over the batches, then schedule, probe, log and history."""
    start, epoch, lr = time.perf_counter(), run.epoch + 1, rate(run.optimizer)
    run.method.train()
    loss = train_batches(run, batches, epoch, grad_clip)
    if run.scheduler is not None:
        run.scheduler.step()
    score = probe(run.method, epoch)
    if score is not None:
        run.monitor.look("probe", score, epoch, run.method)
    logged = log(run.method, epoch)
    run.history.append(loss, lr, time.perf_counter() - start, score, logged)
    run.epoch = epoch


def train_batches(run: Run, batches: Batches, epoch: int, grad_clip: float | None) -> float:
    r"""One optimiser step per batch; returns the mean of their losses."""
    method, optimizer, monitor = run.method, run.optimizer, run.monitor
    values = []
    for batch in batches:
        loss, value = _forward(run, batch, epoch)
        if batches.full_batch:
            monitor.look("loss", value, epoch, method)  # before the step: these weights gave it
        backward(method, optimizer, loss, epoch, grad_clip)
        values.append(value)
    mean = sum(values) / len(values)
    if not batches.full_batch:
        monitor.look("loss", mean, epoch, method)
    return mean


def _forward(run: Run, batch: Any, epoch: int) -> tuple[Tensor, float]:
    r"""The loss to step down from, and its value; of several processes, that of all."""
    lr = rate(run.optimizer)
    if run.parallel is None:
        return forward(run.method, batch, epoch, lr)
    return run.parallel.forward(batch, epoch, lr)
