r"""Random choice among augmenters."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.transforms import BaseTransform

from gcl.checks import check_probability, describe
from gcl.functional.draws import check_generator


class RandomChoice(BaseTransform):
    r"""Apply one of several transforms, picked anew at each call.

    One pick serves all graphs of a ``Batch``. Use ``T.Compose`` of PyG to apply all in turn.

    Args:
        transforms: The transforms to pick from, augmenters or any other of PyG's.
        p: Probability of each, summing to 1. Default: all alike.
        generator: Source of randomness for the pick; the transforms have their own. Default:
            torch's global CPU generator.

    Raises:
        TypeError: if ``transforms`` is no list of callables, or ``p`` no list of numbers.
        ValueError: if there is no transform, or ``p`` does not fit.

    Example:
        >>> data = Data(x=torch.ones(1, 2))
        >>> RandomChoice([FeatureMask(p=0.0), FeatureMask(p=1.0)], p=[0.0, 1.0])(data).x
        tensor([[0., 0.]])
    """

    p: list[float] | Tensor | None

    def __init__(
        self,
        transforms: Sequence[Callable[[Any], Any]],
        p: Sequence[float] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        self.transforms = _check_transforms(transforms)
        self.p = p if p is None else _check_weights(p, len(self.transforms))
        self.generator = check_generator(generator)

    def forward(self, data: Any) -> Any:
        r"""Return the view made by one of the transforms."""
        device = torch.device("cpu") if self.generator is None else self.generator.device
        p = torch.ones(len(self.transforms)) if self.p is None else self.p
        weights = torch.as_tensor(p, device=device)
        picked = int(torch.multinomial(weights, 1, generator=self.generator))
        return self.transforms[picked](data)

    def __repr__(self) -> str:
        weights = "" if self.p is None else f", p={self.p}"
        return f"RandomChoice({self.transforms}{weights})"


def _check_transforms(transforms: Sequence[Any]) -> list[Any]:
    if not isinstance(transforms, (list, tuple)):
        raise TypeError(f"transforms must be a list of callables, got {describe(transforms)}")
    if not transforms:
        raise ValueError("transforms must hold at least one transform, got none")
    for t in transforms:
        if isinstance(t, type) or not callable(t):
            raise TypeError(f"transforms must hold instances to call, got {describe(t)}")
    return list(transforms)


def _check_weights(p: Sequence[float], count: int) -> list[float]:
    if not isinstance(p, (list, tuple)):
        raise TypeError(f"p must be a list of probabilities, got {describe(p)}")
    p = [check_probability(value) for value in p]
    if len(p) != count or not math.isclose(sum(p), 1.0, abs_tol=1e-6):
        raise ValueError(f"p must hold {count} probabilities that sum to 1, got {p}")
    return p
