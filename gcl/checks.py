r"""Checks of user input; every error names the argument, the received value and what is accepted.

All functions return the value they checked, so that ``self.p = check_probability(p)`` reads well.
"""

import difflib
import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import TypeVar

import torch
from torch import Tensor

Number = TypeVar("Number", int, float)


class NonFiniteError(ValueError):
    r"""An input holds NaN or infinite entries; in training, a sign of divergence."""


class OptionError(ValueError):
    r"""An option is missing, unknown to the data at hand, or would be ignored: wrong use."""


def describe(value: object) -> str:
    r"""Say in a few words what ``value`` is: shape and dtype of a tensor, else type and value."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)} and dtype {value.dtype}"
    text = repr(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} of type {type(value).__name__}"


def check_number(value: Number, name: str) -> Number:
    r"""Raise TypeError unless ``value`` is a real number (booleans are refused)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {describe(value)}")
    return value


def check_probability(value: float, name: str = "p") -> float:
    r"""Raise unless ``value`` is a number in [0, 1]."""
    check_number(value, name)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be a probability in [0, 1], got {value}")
    return float(value)


def check_finite(value: float, name: str) -> float:
    r"""Raise unless ``value`` is a finite number."""
    check_number(value, name)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {value}")
    return float(value)


def check_positive(value: float, name: str) -> float:
    r"""Raise unless ``value`` is a finite number above 0."""
    check_number(value, name)
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be a finite number above 0, got {value}")
    return float(value)


def check_non_negative(value: float, name: str) -> float:
    r"""Raise unless ``value`` is a finite number, 0 or above."""
    check_number(value, name)
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be a finite number, 0 or above, got {value}")
    return float(value)


def check_int(value: int, name: str, minimum: int = 0) -> int:
    r"""Raise unless ``value`` is an integer of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {describe(value)}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    return int(value)


def check_flag(value: bool, name: str) -> bool:
    r"""Raise TypeError unless ``value`` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {describe(value)}")
    return value


def check_choice(value: str, name: str, options: Iterable[str]) -> str:
    r"""Raise unless ``value`` is one of ``options``; the error lists the nearest of them."""
    options = list(options)
    if value in options:
        return value
    raise ValueError(f"{name} must be one of {', '.join(options)}; {unknown(value, options)}")


def unknown(value: object, options: Iterable[str]) -> str:
    r"""Half a sentence on an unknown name: what was received, and the nearest alternatives."""
    near = difflib.get_close_matches(str(value).lower(), list(options), n=3, cutoff=0.5)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"got {value!r}{hint}"


def check_matrix(x: Tensor, name: str, *, finite: bool = True) -> Tensor:
    r"""Raise unless ``x`` is a 2-D floating-point tensor without NaN or infinite entries.

    Cost: one pass over ``x`` for the finite check.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} must be a tensor [rows, columns], got {describe(x)}")
    if x.dim() != 2:
        raise ValueError(f"{name} must have 2 dimensions [rows, columns], got {describe(x)}")
    if not x.is_floating_point():
        raise TypeError(f"{name} must have a floating-point dtype, got {describe(x)}")
    if finite and x.numel() and not torch.isfinite(x.detach().sum()):
        _raise_if_not_finite(x, name)
    return x


def _raise_if_not_finite(x: Tensor, name: str) -> None:
    bad = (~torch.isfinite(x.detach().to_dense())).nonzero()  # a sum may overflow without any
    if len(bad):
        row, column = bad[0].tolist()
        raise NonFiniteError(
            f"{name} must be finite, got {x[row, column].item()} at row {row}, column {column} "
            f"({len(bad)} such entries)"
        )


def check_pair(z1: Tensor, z2: Tensor, names: tuple[str, str] = ("z1", "z2")) -> None:
    r"""Raise unless both are finite float matrices of one shape, dtype and device, with a row."""
    for z, name in zip((z1, z2), names, strict=True):
        check_matrix(z, name)
    if z1.shape != z2.shape or z1.dtype != z2.dtype or z1.device != z2.device:
        raise ValueError(
            f"{names[0]} and {names[1]} must agree in shape, dtype and device, "
            f"got {describe(z1)} on {z1.device} and {describe(z2)} on {z2.device}"
        )
    if not len(z1):
        raise ValueError(f"{names[0]} must have at least one row, got {describe(z1)}")


def check_edge_index(edge_index: Tensor, num_nodes: int, name: str = "edge_index") -> Tensor:
    r"""Raise unless ``edge_index`` is an integer tensor [2, M] with entries in [0, num_nodes)."""
    if not isinstance(edge_index, Tensor):
        raise TypeError(f"{name} must be an integer tensor [2, M], got {describe(edge_index)}")
    if edge_index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must be an integer tensor [2, M], got {describe(edge_index)}")
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(f"{name} must have shape [2, M], got {describe(edge_index)}")
    if edge_index.numel():
        low, high = (int(v) for v in edge_index.aminmax())
        if low < 0 or high >= num_nodes:
            bad = low if low < 0 else high
            raise ValueError(f"{name} must lie in [0, {num_nodes}), the nodes given; got {bad}")
    return edge_index


def check_labels(y: Tensor, num_nodes: int, name: str = "y") -> Tensor:
    r"""Raise unless ``y`` is an integer vector with one label per node (-1 means unlabelled)."""
    if not isinstance(y, Tensor):
        raise TypeError(f"{name} must be an integer tensor [N], got {describe(y)}")
    if y.is_floating_point() or y.is_complex() or y.dtype == torch.bool:
        raise TypeError(f"{name} must hold integer class labels, got {describe(y)}")
    if y.dim() != 1 or len(y) != num_nodes:
        raise ValueError(f"{name} must have shape [{num_nodes}], got {describe(y)}")
    if num_nodes and int(y.min()) < -1:
        raise ValueError(f"{name} must be -1 (unlabelled) or above, got {int(y.min())}")
    return y
