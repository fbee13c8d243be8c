r"""Elementwise functions of a block of inner products, with their slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Phi:
    r"""An elementwise function with its slope; both may overwrite the block they are given.

    Several threads may call them at once, each with a block of its own.

    Args:
        fold: constant multiplied into ``a`` before the product, so that it costs nothing per pair.
        value: block of ``fold * s`` -> block of phi(s).
        slope: block of ``fold * s`` -> block of phi'(s).
    """

    fold: float
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


# exp2 is several times faster than exp on CPUs; its factor log2(e) is folded into the product.
EXP = Phi(math.log2(math.e), Tensor.exp2_, Tensor.exp2_)
SOFTPLUS = Phi(1.0, F.softplus, Tensor.sigmoid_)
IDENTITY = Phi(1.0, lambda s: s, lambda s: s.fill_(1.0))
RELU = Phi(1.0, Tensor.relu_, lambda s: s.gt_(0.0))
SQUARE = Phi(1.0, Tensor.square_, lambda s: s.mul_(2.0))
PHI = {"softplus": SOFTPLUS, "identity": IDENTITY, "relu": RELU, "square": SQUARE, "exp": EXP}
