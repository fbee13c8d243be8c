r"""The training loop."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch_geometric.data.data import BaseData

from gcl.functional.processes import is_distributed
from gcl.training.arguments import (
    check_every,
    check_method,
    check_total,
    place,
    refuse_ignored,
    refuse_one_batch,
)
from gcl.training.batches import Batches
from gcl.training.checkpoint import load_weights
from gcl.training.denormals import denormals_as_zero
from gcl.training.distributed.shares import Shares
from gcl.training.distributed.states import own_seed, same_state
from gcl.training.epoch import train_epoch
from gcl.training.errors import same_in_all_processes
from gcl.training.folder import run_folder
from gcl.training.plan import Plan, make_plan
from gcl.training.pretraining import pretrain
from gcl.training.progress import progress_bar
from gcl.training.result import FitResult
from gcl.training.run import Run
from gcl.training.seeds import seed_all
from gcl.training.step import rate
from gcl.training.stepping import make_stepping


def fit(
    method: nn.Module,
    data: BaseData | Iterable[Any],
    *,
    epochs: int,
    optimizer: str | Optimizer = "adam",
    lr: float | None = None,
    weight_decay: float | None = None,
    schedule: str | LRScheduler = "constant",
    warmup: int = 0,
    schedule_epochs: int | None = None,
    lr_decay: float | None = None,
    lr_min: float | None = None,
    grad_clip: float | None = None,
    autocast: str | None = None,
    accumulate: int = 1,
    monitor: str | None = None,
    patience: int | None = None,
    probe: Callable[[nn.Module], float] | None = None,
    probe_every: int | None = None,
    log: Callable[[nn.Module], Mapping[str, float]] | None = None,
    log_every: int | None = None,
    seed: int | None = 0,
    device: str | torch.device | None = None,
    progress: bool | None = None,
    out: str | Path | None = None,
    checkpoint_every: int | None = None,
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
) -> FitResult:
    r"""Train ``method`` in place by gradient descent on the loss of its ``step``.

    **Which weights remain.** Without ``monitor``, ``patience`` or ``probe``: those of the last
    epoch. With any of them: those of the best epoch. A loss belongs to the weights *before* the
    optimiser step that follows it, and with full-batch training these are kept (the rule of `Deep
    Graph Infomax <https://arxiv.org/abs/1809.10341>`_); over a loader the loss is a mean over
    moving weights, and those at the end of the epoch are kept. A probe belongs to the weights it
    saw. The best weights are held once, on the method's device.

    **Model selection.** A probe may look at training and validation labels. Never give it test
    labels: the epoch would be chosen on them, and the test score would mean nothing.

    **Resuming.** ``epochs`` counts from the beginning of the run: ``fit(..., epochs=k, out=o)``
    and then ``fit(..., epochs=k + m, out=o, resume=True)`` on a method built alike give the
    weights, losses and metrics of one run of ``k + m`` epochs, bit for bit where the kernels
    are deterministic. All that ``step`` changes has to be in the method's ``state_dict`` (a counter
    is a buffer). A loader resumes exactly if it draws from the global generators or from its
    own ``generator`` attribute; state it keeps elsewhere is not saved. A cosine schedule needs
    its whole length from the start: pass ``schedule_epochs=k + m`` to both.

    **Pre-training.** A method may ask for a stage that comes before its first epoch, an
    auto-encoder for instance (:class:`~gcl.methods.pretraining.Stage`). It runs once, when a run
    begins, and counts as no epoch; a run that is resumed has its outcome in the checkpoint.

    **Interrupts.** With ``out``, the last completed epoch is on disk however training ends, Ctrl-C
    included; the exception is raised again. The method in memory is then as the interrupted
    epoch left it.

    **Denormal numbers** count as 0 on the CPU meanwhile
    (:func:`~gcl.training.denormals_as_zero`): weights that decay towards 0 would slow
    products down many times.

    **Several processes.** In a group of them (:func:`gcl.training.distributed.process_group`), each
    trains on its share of every batch, and gradients are averaged; ``data`` has to be a loader.
    What is per process is said on the page on distributed training.

    Args:
        method: an ``nn.Module`` with ``step(batch) -> scalar loss``; left in training mode.
        data: a ``Data`` or ``HeteroData``, one step per epoch, or an iterable of batches such as a
            loader, one pass per epoch. It is copied to the method's device where needed.
        epochs: how many, 0 or more; 0 leaves the method untrained, or as pre-training left it.
        optimizer: "adam" (default) or "adamw", in their fused form where that fits, or a ready
            torch optimiser of the method's parameters.
        lr: the learning rate, above 0; default 5e-4. Not with a ready optimiser.
        weight_decay: 0 or more; default 0, for "adamw" too. Not with a ready optimiser.
        schedule: "constant" (default), "cosine" (down to 0 over ``schedule_epochs``), "exponential"
            (times ``lr_decay`` after each epoch, down to ``lr_min``), or a ready ``LRScheduler`` of
            the ready optimiser; applied once per epoch.
        warmup: epochs of linear warm-up before the rate reaches ``lr``; default 0.
        schedule_epochs: length of the cosine, warm-up included; default ``epochs``.
        lr_decay: factor of the exponential schedule, above 0 and at most 1; it has no default.
        lr_min: where the exponential schedule ends, from 0 (the default) to ``lr``.
        grad_clip: largest norm of the gradient, above 0; default no clipping.
        autocast: "bf16" for a forward pass in mixed precision (``torch.autocast``), that of
            pre-training too: products in bfloat16, losses and parameters as they are; default none.
        accumulate: so many batches of a loader make one step, on the loss of all their rows
            together; default 1. Negatives come from all of them, and memory holds the activations
            of one: each batch is encoded twice (:func:`grad_cache`). Batches left over at the end
            of an epoch make a step too. Batch normalisation, as in G-BT's own encoder, is over
            each batch alone. It needs a method with ``project(batch) -> rows`` and
            ``contrast(*rows) -> loss``, as GRACE, GCA, CCA-SSG, G-BT, COSTA and ProGCL have.
        monitor: "loss" or "probe": whose best epoch to keep. Default: the probe if there is one,
            the loss if there is ``patience``, else nothing.
        patience: stop after so many monitored values in a row without improvement, at least 1.
        probe: called as ``probe(method)``, returns a number, higher is better. What it draws from
            the global generators does not disturb training.
        probe_every: probe after every so many epochs; default 1.
        log: called as ``log(method)``, returns numbers by name that are written to
            ``metrics.jsonl`` and decide nothing; :class:`gcl.evaluation.ViewDiagnostics` is one.
        log_every: log after every so many epochs; default 1.
        seed: passed to :func:`seed_all` before the first epoch; None leaves the generators alone.
            The weights are drawn earlier, when the method is built: seed there too.
        device: where to train; the method is moved there. Default: where its parameters are.
        progress: show a bar on stderr; default only if that is a terminal.
        out: folder for ``metrics.jsonl`` (a line per epoch: epoch, loss, lr, seconds, probe) and
            ``checkpoint.pt``; costs a copy of the weights and optimiser state per epoch.
        checkpoint_every: write the checkpoint after so many epochs (default 50) and at the end.
        resume: continue the run in ``out``. What shapes it (optimiser, schedule, seed, monitor)
            must be as it was.
        config: a dictionary that json can hold, stored in the checkpoint.

    Returns:
        The losses, probes, best epoch and time; of a resumed run, all its epochs.

    Raises:
        TrainingError: if a loss, gradient or probe is not finite; no step is taken with it.
        ProcessError: if another process of the group has failed.
        CheckpointError: if the checkpoint to resume is damaged or does not fit the method.
        ValueError, TypeError: for bad arguments, one that would be ignored, a loss that is not
            a scalar with a gradient, a folder that holds a run already, or ``accumulate`` with a
            method whose loss needs the graph of one batch.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> from gcl.training import fit
        >>> class Mean(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.mean = torch.nn.Parameter(torch.zeros(2))
        ...     def step(self, data):
        ...         return (data.x - self.mean).square().mean()
        >>> result = fit(Mean(), Data(x=torch.ones(3, 2)), epochs=20, lr=0.1)
        >>> result.losses[0], result.losses[-1] < 0.1
        (1.0, True)
    """
    check_method(method)
    refuse_ignored(out, resume=resume, checkpoint_every=checkpoint_every, config=config)
    plan = make_plan(
        epochs,
        schedule=schedule,
        warmup=warmup,
        schedule_epochs=schedule_epochs,
        lr_decay=lr_decay,
        lr_min=lr_min,
        how=make_stepping(method, grad_clip, autocast, accumulate),
        monitor=monitor,
        patience=patience,
        probe=probe,
        probe_every=probe_every,
        log=log,
        log_every=log_every,
    )
    every = check_every(checkpoint_every)
    batches = (Shares if is_distributed() else Batches)(data, place(method, device), epochs)
    refuse_one_batch(batches, accumulate)
    run = plan.start(method, optimizer, lr, weight_decay, batches.generator)
    settings = plan.settings(run.optimizer, seed)
    if seed is not None:
        seed_all(own_seed(seed))
    folder = run_folder(out, run, resume, settings=settings, config=config, every=every)
    with denormals_as_zero(), same_in_all_processes(), folder as record:
        _train(run, batches, plan, record, progress)
    return _finished(run)


def check_options(method: nn.Module, **options: Any) -> None:
    r"""Raise what :func:`fit` would raise for these options, before anything is trained.

    Args:
        method: what is to be trained.
        options: arguments of :func:`fit` that shape the run.
    """
    given = {name: p.default for name, p in inspect.signature(fit).parameters.items()} | options
    how = make_stepping(method, given["grad_clip"], given["autocast"], given["accumulate"])
    wanted = set(inspect.signature(make_plan).parameters) - {"epochs", "how"}
    make_plan(given["epochs"], how=how, **{name: given[name] for name in wanted})


def _finished(run: Run) -> FitResult:
    r"""Leave the method with the weights to use, and say how it went."""
    if run.monitor.best_weights is not None:
        load_weights(run.method, run.monitor.best_weights, "memory")
    same_state(run.method)
    run.method.train()
    return run.result()


def _train(
    run: Run, batches: Batches, plan: Plan, record: Callable[[], None], progress: bool | None
) -> None:
    r"""Pre-train if the method wants it, then train up to the epochs of the plan."""
    check_total(plan.epochs, run.epoch)
    with progress_bar(plan.epochs, run, progress) as show:
        if pretrain(run.method, batches, rate(run.optimizer), progress, plan.how.autocast):
            record()
        while run.epoch < plan.epochs and not run.monitor.done:
            train_epoch(run, batches, plan.probe, plan.log, plan.how)
            record()
            show()
