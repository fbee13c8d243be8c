r"""Computations that automatic mixed precision leaves alone."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor

P = ParamSpec("P")
R = TypeVar("R")


def full_precision(f: Callable[P, R]) -> Callable[P, R]:
    r"""Run a function in the precision of its tensors inside ``torch.autocast`` too.

    Similarities near 1, volumes near 0 and sparse products do not survive products in half
    precision, to which autocast lowers them. Inputs that a model made in half precision under
    autocast come in as they are.

    Args:
        f: function whose first argument is a tensor, a sparse matrix, or a list or tuple of them.

    Example:
        >>> product = full_precision(torch.mm)
        >>> with torch.autocast("cpu", dtype=torch.bfloat16):
        ...     product(torch.eye(2), torch.eye(2)).dtype
        torch.float32
    """

    @functools.wraps(f)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        first = next(iter((*args, *kwargs.values())), None)
        with torch.autocast(_device_type(first), enabled=False):
            return f(*args, **kwargs)

    return wrapped


def single_precision(z: Tensor) -> Tensor:
    r"""A tensor that ``torch.autocast`` made in half precision, in float32; any other as it is.

    Example:
        >>> with torch.autocast("cpu", dtype=torch.bfloat16):
        ...     single_precision(torch.eye(2) @ torch.eye(2)).dtype
        torch.float32
    """
    low = z.dtype in (torch.bfloat16, torch.float16)
    return z.float() if low and torch.is_autocast_enabled(z.device.type) else z


def _device_type(first: Any) -> str:
    if isinstance(first, list | tuple) and first:
        first = first[0]
    first = getattr(first, "value", first)  # of a sparse matrix
    return first.device.type if isinstance(first, Tensor) else "cpu"
