r"""Rows of all processes, with gradients that go back to the process they came from.

Legend: R processes, N rows of each, D width.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable

from gcl.checks import check_matrix
from gcl.functional.processes import connection, exchange, is_distributed, rank

_STANDING_IN = [False]


@contextmanager
def standing_in(value: bool = True) -> Iterator[None]:
    r"""Inside, the rows of this process are none of the others' business.

    A process that has no share of a batch takes part in the step all the same, with rows that
    count nowhere: the others do not receive them.
    """
    before, _STANDING_IN[0] = _STANDING_IN[0], value
    try:
        yield
    finally:
        _STANDING_IN[0] = before


def gather_rows(x: Tensor) -> tuple[Tensor, int]:
    r"""Stack the rows of all processes, and say where the own ones begin.

    The gradient of the stack is summed over the processes, and each gets the part of its own rows.
    With the mean loss of each process' anchors, and gradients averaged over the processes (as
    DistributedDataParallel does), this is the gradient of the mean loss over all anchors; where
    the processes hold unequal numbers of rows, each loss has to be weighted by them.

    Args:
        x: this process' rows; their number may differ between processes.

    Shapes:
        x [N, D] -> [sum of all N, D]

    Returns:
        The rows in the order of the ranks, and the offset of this process' rows. In a single
        process ``x`` itself and 0. A process that stands in has its own rows behind all others. The
        loss of every process has to depend on the stack: backward passes wait for each other.

    Raises:
        TypeError, ValueError: if ``x`` is no floating-point matrix.
        ProcessError: if another process has failed.
    """
    check_matrix(x, "x", finite=False)
    if not is_distributed():
        return x, 0
    aside = _STANDING_IN[0]
    sizes = [int(size) for size in exchange(0 if aside else len(x))]
    offset = sum(sizes) if aside else sum(sizes[: rank()])
    return _GatherRows.apply(x, sizes, offset, aside), offset


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: list[int], offset: int, aside: bool) -> Tensor:
        ctx.own, ctx.total = slice(offset, offset + len(x)), sum(sizes)
        largest = max(sizes)  # collectives want equal shapes
        padded = x.new_zeros(largest, x.size(1))
        if not aside:
            padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in sizes]
        with connection():
            distributed.all_gather(parts, padded)
        stack = [part[:size] for part, size in zip(parts, sizes, strict=True)]
        return torch.cat([*stack, x] if aside else stack)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        shared = grad[: ctx.total].contiguous().clone()
        with connection():
            distributed.all_reduce(shared)
        return torch.cat([shared, grad[ctx.total :]])[ctx.own], None, None, None
