r"""Gaussian noise on features."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.checks import check_non_negative
from gcl.functional.features import add_noise


class FeatureNoise(FeatureAugmenter):
    r"""Add independent Gaussian noise of standard deviation ``std`` to every entry of ``x``.

    ``x`` must be floating-point. Functional twin:
    :func:`gcl.functional.add_noise`.

    Args:
        std: Standard deviation, 0 or above. Default 0.1.
        node_types: Node types of a ``HeteroData`` to change, each drawn on its own. Default: all
            that have ``x``.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data or ``x``, of the wrong kind.
        ValueError: for a negative or infinite ``std``, an unknown node type, or data without ``x``.

    Example:
        >>> FeatureNoise(std=0.0)(Data(x=torch.ones(1, 2))).x
        tensor([[1., 1.]])

    Cost: O(N F), mostly the draw of one number per entry.
    """

    def __init__(
        self,
        std: float = 0.1,
        *,
        node_types: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(node_types=node_types, generator=generator)
        self.std = check_non_negative(std, "std")

    def change(self, x: Tensor, batch: Tensor | None) -> Tensor:
        r"""The new features of one node type."""
        return add_noise(x, self.std, generator=self.generator)[0]
