r"""Row normalisation with a defined gradient at the origin.

Legend: N rows, D width.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def at_least_float32(x: Tensor) -> Tensor:
    r"""Return ``x`` in float32 if its dtype is narrower, else unchanged."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def unit_rows(x: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Scale every row of ``x`` to unit Euclidean length; a row shorter than ``eps`` becomes zero.

    A zero row has no direction: it gets similarity 0 to every other row and no gradient, where
    dividing by a small constant instead would send it a gradient of :math:`1 / \epsilon`. Half
    precision is widened to float32. Only the result is kept for the gradient, which is first order.

    Args:
        x: rows to scale.
        eps: length below which a row counts as zero.

    Shapes:
        x [N, D] -> [N, D]
    """
    return _UnitRows.apply(at_least_float32(x), eps)


def inverse_norms(x: Tensor, eps: float = 1e-8) -> Tensor:
    r"""The factors that bring the rows to unit length, 0 for those shorter than ``eps``: [N, 1]."""
    wide = torch.promote_types(x.dtype, torch.float32)
    norm = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=wide)
    if norm.isinf().any():  # squares of entries above 1e19 leave float32
        largest = x.abs().amax(1, keepdim=True).to(wide)
        norm = torch.where(norm.isinf(), largest * (x / largest).norm(dim=1, keepdim=True), norm)
    return torch.where(norm > eps, norm.clamp_min(eps).reciprocal(), 0.0)


def scaled_rows(x: Tensor, eps: float = 1e-8) -> tuple[Tensor, Tensor]:
    r"""What :func:`unit_rows` does, without a gradient: the rows, and the factor of each.

    Shapes:
        x [N, D] -> [N, D], [N, 1]
    """
    inverse = inverse_norms(x, eps)
    return x * inverse, inverse


class _UnitRows(torch.autograd.Function):
    r"""Written out, because autograd would keep ``x`` beside the result and add three passes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        unit, inverse = scaled_rows(x, eps)
        ctx.save_for_backward(unit, inverse)
        return unit

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        unit, inverse = ctx.saved_tensors
        with torch.autocast(grad.device.type, enabled=False):
            along = torch.linalg.vecdot(grad, unit)[:, None]  # the part of no effect on directions
        return torch.addcmul(grad, unit, along, value=-1).mul_(inverse), None
