"""What the generic tests of losses need to know about one loss."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Case:
    """One loss under test, fed with two float64 views [7, 4].

    make: builds the loss; passes options such as ``reduction`` and ``block_size`` on.
    reference: the loss by slow Python loops over float64 numbers, from the formula.
    call: how the loss is called with two views, where that is not ``loss(z1, z2)``.
    streamed: walks pairs in blocks: takes ``block_size`` and ``precision``.
    bf16: has a use for ``precision="bf16"``.
    rows: gives one value per row with ``reduction="none"``.
    paired: row i of one view belongs to row i of the other.
    exact_gradient: the gradient is that of the value (nothing is detached on purpose).
    ordered: depends on the order of the rows (labels by position in ``call``, or random draws).
    reordered: as ``call`` with one argument more, the order in which the rows of the views stand;
        puts in that order what belongs to them.
    """

    make: Callable[..., nn.Module]
    reference: Callable[[Any, Tensor, Tensor], float]
    call: Callable[[Any, Tensor, Tensor], Tensor] = lambda loss, z1, z2: loss(z1, z2)
    streamed: bool = True
    bf16: bool = True
    rows: bool = True
    paired: bool = True
    exact_gradient: bool = True
    ordered: bool = False
    reordered: Callable[[Any, Tensor, Tensor, Tensor], Tensor] | None = None


def cosine(a: Tensor, b: Tensor) -> float:
    """Cosine similarity of two vectors as a Python number."""
    return float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


def softplus(s: float) -> float:
    """log(1 + e^s)."""
    return math.log1p(math.exp(s))
