r"""Everything that changes during training, taken and put back as one value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gcl.functional.processes import rank
from gcl.training.checkpoint import load_weights
from gcl.training.errors import CheckpointError
from gcl.training.generators import restore_states, states_of
from gcl.training.optim import check_groups
from gcl.training.plain import plain_copy
from gcl.training.result import FitResult, History
from gcl.training.seeds import RandomState
from gcl.training.stopping import Monitor

if TYPE_CHECKING:
    from gcl.training.distributed.parallel import Parallel


class Snapshot(NamedTuple):
    r"""The state at the end of an epoch; shares nothing that training writes to."""

    epoch: int
    weights: dict[str, Any]
    best_weights: dict[str, Any] | None
    optimizer: dict[str, Any]
    scheduler: dict[str, Any] | None
    monitor: dict[str, Any]
    random: RandomState
    own: dict[str, Any]
    others: list[dict[str, Any]]


class Run:
    r"""A method in training with its optimiser, schedule, monitor, history and random state.

    With ``parallel``, it is trained in several processes.
    """

    def __init__(
        self,
        method: nn.Module,
        optimizer: Optimizer,
        scheduler: LRScheduler | None,
        monitor: Monitor,
        generator: torch.Generator | None,
        parallel: "Parallel | None" = None,
    ) -> None:
        self.method, self.optimizer, self.scheduler = method, optimizer, scheduler
        self.monitor, self.generator, self.parallel = monitor, generator, parallel
        self.history = History()
        self.epoch = 0

    def capture(self, others: Sequence[dict[str, Any]] = ()) -> Snapshot:
        r"""Copy the state; one copy of the weights and of the optimiser's moments.

        Args:
            others: the random state of the other processes, if there are any.
        """
        schedule = None if self.scheduler is None else self.scheduler.state_dict()
        return Snapshot(
            self.epoch,
            plain_copy(self.method.state_dict(), "the state_dict of the method"),
            self.monitor.best_weights,
            plain_copy(self.optimizer.state_dict(), "the state_dict of the optimizer"),
            plain_copy(schedule, "the state_dict of the schedule"),
            self.monitor.state(),
            RandomState.now(),
            self.own_random(),
            list(others),
        )

    def own_random(self) -> dict[str, Any]:
        r"""The state of the generators that are not global: the loader's and the method's."""
        loader = None if self.generator is None else self.generator.get_state()
        return {"loader": loader, "generators": states_of(self.method)}

    def payload(self, at: Snapshot) -> dict[str, Any]:
        r"""What a checkpoint stores of snapshot ``at``: the weights to use, and how to go on."""
        monitored = at.best_weights is not None
        training = {
            "epoch": at.epoch,
            "last_weights": at.weights if monitored else None,
            "optimizer": at.optimizer,
            "scheduler": at.scheduler,
            "monitor": at.monitor,
            "random": at.random.pack(),
            **at.own,
            "others": at.others,
            "history": self.history.first(at.epoch),
        }
        return {"weights": at.best_weights if monitored else at.weights, "training": training}

    def restore(self, weights: dict[str, Any], training: dict[str, Any], source: object) -> None:
        r"""Continue from a :meth:`payload` read from ``source``."""
        check_groups(self.optimizer, training["optimizer"], source)
        last = training["last_weights"]
        load_weights(self.method, weights if last is None else last, source)
        try:
            self.optimizer.load_state_dict(training["optimizer"])
        except (ValueError, KeyError) as error:
            raise CheckpointError(f"the optimizer in {source} does not fit: {error}") from error
        if self.scheduler is not None:
            self.scheduler.load_state_dict(training["scheduler"])
        self.monitor.restore(training["monitor"], None if last is None else weights)
        self.history = History(**training["history"])
        self.epoch = training["epoch"]
        own = training["others"][rank() - 1] if rank() else training
        RandomState.unpack(own["random"]).restore()
        if self.generator is not None and own["loader"] is not None:
            self.generator.set_state(own["loader"])
        if "generators" in own:  # not in files of older versions
            restore_states(self.method, own["generators"], source)

    def result(self) -> FitResult:
        r"""The summary of all epochs so far."""
        done = self.history
        return FitResult(
            losses=done.losses,
            epochs=self.epoch,
            best_epoch=self.monitor.best_epoch,
            best_value=self.monitor.best_value,
            probes=done.probes,
            logged=done.logged,
            seconds=sum(done.seconds),
            stopped_early=self.monitor.done,
        )
