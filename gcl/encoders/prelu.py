r"""PReLU with one slope, whose gradient does not hold up a step on the CPU."""

from typing import Any

import torch
from torch import Tensor, nn


class PReLU(nn.PReLU):
    r"""``torch.nn.PReLU`` with the gradient written out on the CPU.

    PyTorch's own visits every entry with a scalar kernel there. Values, gradients of any order in
    reverse mode, parameters and ``state_dict`` are the same; other devices, several slopes and
    compiled code take PyTorch's path. Forward mode and ``torch.func.vmap`` need ``torch.nn.PReLU``.

    Args:
        num_parameters: slopes: 1, or one for each column.
        init: value of the slopes at the start.

    Shapes:
        x [N, D] -> [N, D]

    Example:
        >>> PReLU()(torch.tensor([[-4.0, 2.0]]))
        tensor([[-1.,  2.]], grad_fn=<_PReLUBackward>)
    """

    def forward(self, x: Tensor) -> Tensor:
        r"""The entries above 0 as they are, the others times the slope."""
        plain = x.device.type != "cpu" or self.num_parameters > 1 or torch.compiler.is_compiling()
        return super().forward(x) if plain else _PReLU.apply(x, self.weight)


class _PReLU(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, slope: Tensor) -> Tensor:
        return nn.functional.prelu(x, slope)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)  # apart from forward, for torch.func

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        x, slope = ctx.saved_tensors
        if torch.is_grad_enabled():  # a gradient of this gradient is wanted
            to_x = torch.where(x > 0, grad, grad * slope)
        else:
            to_x = torch.ops.aten.leaky_relu_backward(grad, x, slope.item(), False)
        return to_x, _to_slope(grad, x).to(slope.dtype) if ctx.needs_input_grad[1] else None


def _to_slope(grad: Tensor, x: Tensor) -> Tensor:
    wide = torch.promote_types(x.dtype, torch.float32)
    return (grad * x.clamp(max=0)).sum(dtype=wide).view(1)
