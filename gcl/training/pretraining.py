r"""What a method wants trained before its own first epoch.

Legend: N nodes, B rows of a batch.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch_geometric.data import Data

from gcl.checks import NonFiniteError
from gcl.functional.processes import is_distributed
from gcl.training.batches import Batches
from gcl.training.diagnose import explain_loss
from gcl.training.epoch import train_epoch
from gcl.training.errors import TrainingError
from gcl.training.measurements import Measurements
from gcl.training.optim import make_optimizer
from gcl.training.probe import Probe
from gcl.training.progress import progress_bar
from gcl.training.run import Run
from gcl.training.stepping import Stepping
from gcl.training.stopping import Monitor


def pretrain(
    method: nn.Module,
    batches: Batches,
    lr: float,
    progress: bool | None,
    autocast: str | None = None,
) -> bool:
    r"""Train what ``method.pretraining()`` asks for, then call ``method.start``; True if it did.

    A method without ``pretraining`` has none, and one that returns None has been started already:
    its state came with the checkpoint of a run that goes on.

    Args:
        method: the method to train afterwards.
        batches: what it is going to be trained on.
        lr: its own learning rate, for error messages.
        progress: as in :func:`gcl.training.fit`.
        autocast: as in :func:`gcl.training.fit`.

    Raises:
        TrainingError: for features that are not finite, or a stage that diverges.
        ValueError: in a group of several processes.
    """
    make = getattr(method, "pretraining", None)
    stage = make() if callable(make) else None
    if stage is None:
        return False
    if is_distributed():
        raise ValueError(
            f"{type(method).__name__} has a stage of pre-training, which runs in one process only: "
            "train it without torchrun"
        )
    stage.method.to(batches.device)
    try:
        _train(stage, RowBatches(batches, stage.batch_size), progress, autocast)
        method.start(batches.source[0] if batches.full_batch else batches)  # type: ignore[operator]
    except NonFiniteError as error:  # epoch 1 would meet the same
        first = next(iter(batches))
        raise TrainingError(explain_loss(str(error), 1, method, first, lr)) from error
    return True


def _train(stage: Any, rows: "RowBatches", progress: bool | None, autocast: str | None) -> None:
    if not stage.epochs:
        return
    optimizer = make_optimizer(stage.method, "adam", stage.lr, None)
    run = Run(stage.method, optimizer, None, Monitor(None), None)
    probe, log = Probe(None, None, stage.epochs), Measurements(None, None, stage.epochs)
    try:
        with progress_bar(stage.epochs, run, progress) as show:
            while run.epoch < stage.epochs:
                train_epoch(run, rows, probe, log, Stepping(autocast=autocast))
                show()
    except TrainingError as error:
        raise TrainingError(f"in pre-training: {error}") from error


class RowBatches(Batches):
    r"""Random rows of the features, without their edges, B at a time; each row once an epoch.

    They are drawn from the global generator, anew in every epoch.
    """

    def __init__(self, graphs: Batches, size: int) -> None:
        self.graphs, self.size = graphs, size
        self.full_batch, self.device, self.source = False, graphs.device, graphs.source

    def __iter__(self) -> Iterator[Data]:
        for graph in self.graphs:
            seeds = graph.x[: graph.get("batch_size")]  # of a sampled batch; else all nodes
            order = torch.randperm(len(seeds)).to(self.device)
            for index in order.split(self.size):
                yield Data(x=seeds[index])
