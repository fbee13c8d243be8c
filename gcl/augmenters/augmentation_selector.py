r"""A choice among augmenters that learns which are hard.

Legend: K augmenters.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gcl.augmenters.random_choice import RandomChoice
from gcl.checks import NonFiniteError, check_non_negative, check_number, describe
from gcl.functional.simplex import project_simplex


class AugmentationSelector(RandomChoice, nn.Module):
    r"""Apply one of several transforms, picked by probabilities that follow their losses (`JOAO
    <https://arxiv.org/abs/2106.07594>`_).

    .. math::
        b = P + \ell - \gamma \Big( P - \frac{1}{K} \Big), \qquad
        P \leftarrow \arg\min_{q \in \Delta} \| q - b \|

    with :math:`\ell_k` the present loss of views made by transform k: harder transforms are picked
    more often, and :math:`\gamma` holds P near the uniform distribution it starts from. The
    projection onto the simplex is exact, by sorting; the authors' code bisects to a tolerance of
    0.01 and rescales. A call is that of :class:`~gcl.augmenters.RandomChoice`: one pick per view.

    ``p`` is a buffer of this module: it is saved with the ``state_dict``, also that of a method
    which holds the selector. The transforms are no submodules; train those that learn apart.

    Args:
        transforms: The transforms to pick from, augmenters or any other of PyG's.
        gamma: :math:`\gamma` of 0 or above; the authors chose from 0.01, 0.1 and 1. Default 0.1.
        generator: Source of randomness for the pick; the transforms have their own. Default:
            torch's global CPU generator.

    Raises:
        TypeError: if ``transforms`` is no list of callables, or ``gamma`` no number.
        ValueError: if there is no transform, or ``gamma`` is negative.

    Example:
        >>> select = AugmentationSelector([FeatureMask(p=0.2), EdgeDrop(p=0.2)])
        >>> select.update([1.0, 1.5])
        tensor([0.2500, 0.7500])

    Cost: a sort of K numbers per update; the losses cost K evaluations.
    """

    p: Tensor
    __call__ = nn.Module.__call__  # with hooks; the transforms copy their input

    def __init__(
        self,
        transforms: Sequence[Callable[[Any], Any]],
        *,
        gamma: float = 0.1,
        generator: torch.Generator | None = None,
    ) -> None:
        nn.Module.__init__(self)
        self.register_buffer("p", None)  # filled once the transforms are known to be some
        super().__init__(transforms, generator=generator)
        self.p = torch.full((len(self.transforms),), 1 / len(self.transforms))
        self.gamma = check_non_negative(gamma, "gamma")

    def update(self, losses: Tensor | Sequence[float]) -> Tensor:
        r"""Move ``p`` by the loss of each transform, and return it.

        Args:
            losses: the loss of views made by each transform, in their order; no gradient is used.

        Shapes:
            losses [K] -> [K]

        Raises:
            TypeError: for losses that are no numbers.
            ValueError: for another count, or losses that are not finite.
        """
        loss = _check_losses(losses, len(self.transforms))
        p = self.p.cpu().double()  # K numbers; not every device has float64
        b = p + loss - self.gamma * (p - 1 / len(p))
        with torch.inference_mode(False):  # a buffer of inference mode could not be loaded
            self.p = project_simplex(b.clone()).to(self.p)
        return self.p

    def __repr__(self) -> str:
        shown = [round(float(value), 4) for value in self.p]
        return f"AugmentationSelector({self.transforms}, gamma={self.gamma}, p={shown})"


def _check_losses(losses: Any, count: int) -> Tensor:
    if not isinstance(losses, (Tensor, list, tuple)):
        raise TypeError(f"losses must be {count} numbers, got {describe(losses)}")
    shape = losses.shape if isinstance(losses, Tensor) else (len(losses),)
    if tuple(shape) != (count,):
        raise ValueError(f"losses must hold {count} numbers, got {describe(losses)}")
    values = [_number(value) for value in losses]
    if not all(map(math.isfinite, values)):
        raise NonFiniteError(f"losses must be finite, got {values}")
    return torch.tensor(values, dtype=torch.float64)


def _number(value: Any) -> float:
    if isinstance(value, Tensor) and value.dim() == 0:
        return float(value.detach())
    return float(check_number(value, "losses"))
