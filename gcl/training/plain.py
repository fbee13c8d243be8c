r"""Copies of nested state that hold tensors and primitives only, so that they load safely."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

_PRIMITIVES = (bool, int, float, str, bytes, type(None))


def plain_copy(value: Any, where: str) -> Any:
    r"""A deep copy of ``value`` made of dicts, lists, tuples, tensors and primitives.

    Args:
        value: what ``state_dict`` methods return.
        where: what to call ``value`` in an error.

    Raises:
        TypeError: for anything that ``torch.load(..., weights_only=True)`` would refuse.
    """
    if isinstance(value, Tensor):
        return _copy_tensor(value, where)
    if type(value) in _PRIMITIVES:
        return value
    if isinstance(value, Mapping):
        return {key: plain_copy(item, f"{where}[{key!r}]") for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(plain_copy(item, f"{where}[{i}]") for i, item in enumerate(value))
    raise TypeError(
        f"a checkpoint holds tensors, numbers, strings, lists and dicts only; "
        f"{where} is of type {type(value).__name__}"
    )


def _copy_tensor(tensor: Tensor, where: str) -> Tensor:
    if torch.nn.parameter.is_lazy(tensor):
        raise ValueError(
            f"{where} has no shape yet (a lazy parameter): give the method its in_channels, "
            "or run it once before training"
        )
    return tensor.detach().clone()
