r"""Products of the factors of blocks, in sizes that recur.

A CPU's library for products in bfloat16 (oneDNN) keeps code and scratch memory for each of the last
thousand shapes. The sizes of mini-batches differ from step to step, so factors of such products are
filled up with zeros to sizes of which there are few.

Legend: h rows and w columns of a block, D width.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

NARROW = (torch.bfloat16, torch.float16)
_COARSE, _FINE = 128, 32
# Thin products are added several times as fast to a sum that is stored column by column, as
# ``gcl bench kernels --suites parts`` shows; from 32 columns on nothing is gained or lost.
_THIN = 64


def recurs(device: torch.device, dtype: torch.dtype) -> bool:
    r"""Whether factors of this dtype are filled up on a device."""
    return device.type == "cpu" and dtype in NARROW


def whole(size: int) -> int:
    r"""The next size of those that recur.

    Example:
        >>> [whole(size) for size in (1, 33, 128, 129)]
        [32, 64, 128, 256]
    """
    unit = _FINE if size <= _COARSE else _COARSE
    return -(-size // unit) * unit


def filled(x: Tensor, rows: bool, cols: bool) -> Tensor:
    r"""A matrix with rows, columns or both of 0 up to the next size that recurs."""
    below = whole(x.size(0)) - x.size(0) if rows else 0
    right = whole(x.size(1)) - x.size(1) if cols else 0
    return F.pad(x, (0, right, 0, below)) if below or right else x


def multiply(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    r"""Write the product of [h, D] and [D, w], perhaps of a narrower dtype, to ``out`` [h, w]."""
    if a.dtype == out.dtype:
        return torch.mm(a, b, out=out)
    if recurs(a.device, a.dtype):
        a, b = filled(a, True, False), filled(b, False, True)
    return out.copy_(torch.mm(a, b)[: out.size(0), : out.size(1)])


def zero_sum(size: tuple[int, ...], like: Tensor, dtype: torch.dtype) -> Tensor:
    r"""Zeros [N, D] that :func:`add_product` is quick to add products of factors of ``dtype`` to.

    They are on the device and in the dtype of ``like``. On a CPU thin ones are stored by columns.
    """
    thin = size[1] <= _THIN and like.device.type == "cpu" and dtype == like.dtype
    return like.new_zeros(size[::-1]).t() if thin else like.new_zeros(size)


def add_product(out: Tensor, a: Tensor, b: Tensor) -> None:
    r"""Add the product of [h, w] and [w, D], perhaps of a narrower dtype, to ``out`` [h, D]."""
    if a.dtype == out.dtype:
        out.addmm_(a, b)
        return
    if recurs(a.device, a.dtype):
        a, b = filled(a, True, True), filled(b, True, False)
    out += torch.mm(a, b)[: len(out)]
