r"""One optimiser step, taken only with a loss and a gradient that are finite."""

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from gcl.checks import NonFiniteError, describe
from gcl.functional.processes import connection
from gcl.training.diagnose import explain_gradient, explain_loss
from gcl.training.errors import TrainingError


def rate(optimizer: Optimizer) -> float:
    r"""The learning rate of the first parameter group, the one that is logged."""
    return float(optimizer.param_groups[0]["lr"])


def forward(
    method: nn.Module,
    batch: Any,
    epoch: int,
    lr: float,
    step: Callable[[Any], Tensor] | None = None,
) -> tuple[Tensor, float]:
    r"""``method.step(batch)`` and its value; raises where it is no finite, trainable scalar.

    ``step`` is what to call in its place.
    """
    try:
        loss = (cast(Any, method).step if step is None else step)(batch)
    except NonFiniteError as error:  # the input of a loss, mostly: weights that have diverged
        raise TrainingError(explain_loss(str(error), epoch, method, batch, lr)) from error
    if not isinstance(loss, Tensor) or loss.dim() != 0 or not loss.is_floating_point():
        raise TypeError(
            f"method.step must return a floating-point scalar (0 dimensions), got {describe(loss)}"
        )
    if not loss.requires_grad:
        raise ValueError(
            "method.step returned a loss that does not require a gradient: it was detached, "
            "computed under torch.no_grad(), or depends on no trainable parameter"
        )
    value = loss.item()
    if not math.isfinite(value):
        raise TrainingError(explain_loss(f"the loss is {value}", epoch, method, batch, lr))
    return loss, value


def backward(
    method: nn.Module, optimizer: Optimizer, loss: Tensor, epoch: int, grad_clip: float | None
) -> None:
    r"""Backpropagate, refuse a gradient that is not finite, clip its norm, and step."""
    optimizer.zero_grad(set_to_none=True)
    with connection():  # where DDP averages
        loss.backward()
    update(method, optimizer, loss.item(), epoch, grad_clip)


def update(
    method: nn.Module, optimizer: Optimizer, loss: float, epoch: int, grad_clip: float | None
) -> None:
    r"""Refuse a gradient that is not finite, clip its norm, and step."""
    parameters = [p for g in optimizer.param_groups for p in g["params"] if p.grad is not None]
    if not parameters:
        raise ValueError("the loss of method.step reaches no parameter that the optimizer holds")
    norm = get_total_norm([_dense(cast(Tensor, p.grad)) for p in parameters])
    if not torch.isfinite(norm):
        reason = explain_gradient(loss, epoch, method, rate(optimizer))
        if reason or grad_clip is not None:
            raise TrainingError(reason or f"the norm of the gradient overflows at epoch {epoch}")
    if grad_clip is not None:
        clip_grads_with_norm_(parameters, grad_clip, norm)
    optimizer.step()


def _dense(gradient: Tensor) -> Tensor:
    return gradient.coalesce().values() if gradient.is_sparse else gradient
