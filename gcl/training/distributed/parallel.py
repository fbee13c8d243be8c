r"""A method whose gradients are averaged over processes by DistributedDataParallel."""

from typing import Any, cast

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from gcl.functional.gather import standing_in
from gcl.functional.processes import exchange, rank, together
from gcl.training.checkpoint import load_weights
from gcl.training.distributed.shares import Turn
from gcl.training.plain import plain_copy
from gcl.training.seeds import random_state_kept
from gcl.training.step import forward


class Step(nn.Module):
    r"""A module whose forward is the ``step`` of a method, where the hooks of DDP are."""

    def __init__(self, method: nn.Module) -> None:
        super().__init__()
        self.method = method

    def forward(self, batch: Any) -> Tensor:
        r"""The loss of one step."""
        return cast(Any, self.method).step(batch)


class Parallel:
    r"""Takes the steps of ``method`` in all processes of the group at once.

    The loss of a process is a mean over its rows. It is weighted by their number, so that the
    average of the gradients, which DDP forms, is the gradient of the mean over all rows.
    """

    def __init__(self, method: nn.Module) -> None:
        self.method = method
        self.ddp: DistributedDataParallel | None = None

    def forward(self, turn: Turn, epoch: int, lr: float) -> tuple[Tensor, float]:
        r"""The weighted loss of this process, and the value of the loss of all.

        Raises:
            TrainingError: if the loss of this process is not finite.
            ProcessError: if another process has failed.
        """
        weights = [n / sum(turn.rows) for n in turn.rows]
        (loss, _), values = together(lambda: self._forward(turn, epoch, lr), lambda found: found[1])
        value = sum(w * v for w, v in zip(weights, values, strict=True) if w)
        return loss * (len(weights) * weights[rank()]), value

    def _forward(self, turn: Turn, epoch: int, lr: float) -> tuple[Tensor, float]:
        with standing_in(not turn.rows[rank()]):
            if self.ddp is None:
                self.ddp = wrap(self.method, turn.batch)
            return forward(self.method, turn.batch, epoch, lr, step=self.ddp)


def wrap(method: nn.Module, batch: Any) -> DistributedDataParallel:
    r"""DDP around the step of ``method``, once ``batch`` has shown which parameters it uses."""
    device = next(method.parameters()).device
    cuda = device.type == "cuda"
    step: nn.Module = Step(method)
    if cuda:  # keeps parameters and names; on the CPU there is no such layer
        step = nn.SyncBatchNorm.convert_sync_batchnorm(step)
    return DistributedDataParallel(
        step,
        device_ids=[device] if cuda else None,
        find_unused_parameters=any(exchange(len(unused_parameters(method, batch)))),
    )


def unused_parameters(method: nn.Module, batch: Any) -> list[str]:
    r"""Names of trainable parameters that the loss of ``batch`` does not depend on.

    A step is taken for it, without a gradient; weights, buffers and the global generators are put
    back.
    """
    before = plain_copy(method.state_dict(), "the state_dict of the method")
    with random_state_kept():
        loss = cast(Any, method).step(batch)
    load_weights(method, before, "memory")
    used = _leaves(loss)
    named = method.named_parameters()
    return [name for name, p in named if p.requires_grad and id(p) not in used]


def _leaves(loss: object) -> set[int]:
    r"""Identities of the tensors that a backward pass would give a gradient."""
    start = loss.grad_fn if isinstance(loss, Tensor) else None
    found, seen, waiting = set(), {start}, [start]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if hasattr(node, "variable"):
            found.add(id(node.variable))
        new = {follower for follower, _ in node.next_functions} - seen
        seen |= new
        waiting.extend(new)
    return found
