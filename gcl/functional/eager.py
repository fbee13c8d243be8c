r"""The gradient of a scalar, formed together with its value."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def with_gradient(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    r"""The scalar ``function(*tensors)``, its gradient being computed right now.

    What the function keeps for its gradient is free again on return; only one gradient for each
    tensor that requires one stays. Several such scalars in a row need the memory of one. The
    backward pass only scales these gradients; there is no gradient of second order.

    Args:
        function: returns a scalar; reaches nothing that requires a gradient but ``tensors``.
        tensors: its arguments.

    Example:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> with_gradient(lambda x: x.square().sum(), x).backward()
        >>> x.grad
        tensor([2., 4.])
    """
    return _Eager.apply(function, *tensors) if torch.is_grad_enabled() else function(*tensors)


class _Eager(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[1:]
        leaves = [t.detach().requires_grad_(n) for t, n in zip(tensors, needed, strict=True)]
        with torch.set_grad_enabled(any(needed)):
            value = function(*leaves)
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        if wanted:
            ctx.save_for_backward(*torch.autograd.grad(value, wanted))
        return value.detach()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        gradients = iter(ctx.saved_tensors)
        return None, *(next(gradients) * grad if n else None for n in ctx.needs_input_grad[1:])
