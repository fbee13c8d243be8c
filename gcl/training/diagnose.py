r"""Why a loss or a gradient is not finite, looked for from the input onwards."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from gcl.training.batches import tensors

FLOATS = ("x", "edge_weight", "edge_attr", "batch")
REMEDY = "lower lr (now {lr:g}), set grad_clip, or raise the temperature of the loss"


def explain_loss(what: str, epoch: int, method: nn.Module, batch: Any, lr: float) -> str:
    r"""One sentence: what is wrong, the epoch, and the first cause found in input, then weights."""
    found = f"{what} at epoch {epoch}; "
    graph = tensors(batch).items()
    name = first_not_finite((k, v) for k, v in graph if k.split(".")[-1] in FLOATS)
    if name:
        return f"{found}the input {name} has NaN or infinite entries"
    name = first_not_finite(method.state_dict().items())
    if name:
        return (
            f"{found}{name} of the method has NaN or infinite entries already: check how it was "
            f"initialised, or {REMEDY.format(lr=lr)}"
        )
    return f"{found}input and weights are finite, so the loss overflowed: {REMEDY.format(lr=lr)}"


def explain_gradient(loss: float, epoch: int, method: nn.Module, lr: float) -> str | None:
    r"""One sentence naming the first bad gradient; None if each is finite after all."""
    gradients = ((k, p.grad) for k, p in method.named_parameters() if p.grad is not None)
    name = first_not_finite(gradients)
    if name is None:
        return None
    return (
        f"the gradient of {name} has NaN or infinite entries at epoch {epoch}, though the loss is "
        f"{loss:g}: look for a square root, norm or logarithm of 0, or {REMEDY.format(lr=lr)}"
    )


def first_not_finite(named: Iterable[tuple[str, Any]]) -> str | None:
    r"""The name of the first floating-point tensor with a NaN or infinite entry."""
    for name, tensor in named:
        if isinstance(tensor, Tensor) and tensor.is_floating_point():
            values = tensor.detach() if tensor.layout == torch.strided else _values(tensor)
            if not torch.isfinite(values).all():
                return name
    return None


def _values(tensor: Tensor) -> Tensor:
    tensor = tensor.detach()
    return tensor.coalesce().values() if tensor.layout == torch.sparse_coo else tensor.values()
