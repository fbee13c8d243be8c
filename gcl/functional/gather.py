r"""Rows of all processes, with gradients that go back to the process they came from.

Legend: R processes, N rows of each, D width.
"""

from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable

from gcl.checks import check_matrix


def is_distributed() -> bool:
    r"""Whether several processes of one group are at work."""
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def gather_rows(x: Tensor) -> tuple[Tensor, int]:
    r"""Stack the rows of all processes, and say where the own ones begin.

    The gradient of the stack is summed over the processes, and each gets the part of its own rows.
    With the mean loss of each process' anchors, and gradients averaged over the processes (as
    DistributedDataParallel does), this is the gradient of the mean loss over all anchors.

    Args:
        x: this process' rows; their number may differ between processes.

    Shapes:
        x [N, D] -> [sum of all N, D]

    Returns:
        The rows in the order of the ranks, and the offset of this process' rows. In a single
        process ``x`` itself and 0.

    Raises:
        TypeError, ValueError: if ``x`` is no floating-point matrix.
    """
    check_matrix(x, "x", finite=False)
    if not is_distributed():
        return x, 0
    sizes = [0] * distributed.get_world_size()
    distributed.all_gather_object(sizes, len(x))
    offset = sum(sizes[: distributed.get_rank()])
    return _GatherRows.apply(x, sizes, offset), offset


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: list[int], offset: int) -> Tensor:
        ctx.own = slice(offset, offset + len(x))
        largest = max(sizes)  # collectives want equal shapes
        padded = x.new_zeros(largest, x.size(1))
        padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(parts, padded)
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        grad = grad.contiguous().clone()
        distributed.all_reduce(grad)
        return grad[ctx.own], None, None
