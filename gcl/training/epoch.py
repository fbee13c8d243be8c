r"""One epoch of training."""

import time
from typing import Any

from torch import Tensor

from gcl.training.accumulate import accumulated_step, in_groups
from gcl.training.batches import Batches
from gcl.training.measurements import Measurements
from gcl.training.probe import Probe
from gcl.training.run import Run
from gcl.training.step import backward, forward, rate
from gcl.training.stepping import Stepping


def train_epoch(run: Run, batches: Batches, probe: Probe, log: Measurements, how: Stepping) -> None:
    r"""One pass over the batches, then schedule, probe, log and history."""
    start, epoch, lr = time.perf_counter(), run.epoch + 1, rate(run.optimizer)
    run.method.train()
    loss = train_batches(run, batches, epoch, how)
    if run.scheduler is not None:
        run.scheduler.step()
    score = probe(run.method, epoch)
    if score is not None:
        run.monitor.look("probe", score, epoch, run.method)
    logged = log(run.method, epoch)
    run.history.append(loss, lr, time.perf_counter() - start, score, logged)
    run.epoch = epoch


def train_batches(run: Run, batches: Batches, epoch: int, how: Stepping) -> float:
    r"""An optimiser step for each batch, or each group of batches; the mean of their losses."""
    if how.accumulate > 1:
        groups = in_groups(batches, how.accumulate)
        values = [accumulated_step(run.method, run.optimizer, g, epoch, how) for g in groups]
    else:
        values = [_step(run, batch, batches.full_batch, epoch, how) for batch in batches]
    mean = sum(values) / len(values)
    if not batches.full_batch:
        run.monitor.look("loss", mean, epoch, run.method)
    return mean


def _step(run: Run, batch: Any, full_batch: bool, epoch: int, how: Stepping) -> float:
    method, optimizer = run.method, run.optimizer
    with how.precision(method):
        loss, value = _forward(run, batch, epoch)
    if full_batch:
        run.monitor.look("loss", value, epoch, method)  # before the step: these weights gave it
    backward(method, optimizer, loss, epoch, how.grad_clip)
    return value


def _forward(run: Run, batch: Any, epoch: int) -> tuple[Tensor, float]:
    r"""The loss to step down from, and its value; of several processes, that of all."""
    lr = rate(run.optimizer)
    if run.parallel is None:
        return forward(run.method, batch, epoch, lr)
    return run.parallel.forward(batch, epoch, lr)
