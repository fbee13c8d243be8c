r"""Random exchange of features among nodes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.functional.features import shuffle_rows


class FeatureShuffle(FeatureAugmenter):
    r"""Permute the rows of ``x``: nodes exchange features while the graph stays.

    The corruption of `DGI <https://arxiv.org/abs/1809.10341>`_. Rows stay within their graph where
    data has a ``batch``, and within their node type. Functional twin:
    :func:`gcl.functional.shuffle_rows`.

    Args:
        node_types: Node types of a ``HeteroData`` to change, each drawn on its own. Default: all
            that have ``x``.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for an unknown node type, or data without ``x``.

    Example:
        >>> data = Data(x=torch.arange(4.0).view(4, 1))
        >>> FeatureShuffle()(data).x.sum()
        tensor(6.)

    Cost: O(N F), and two sorts of N numbers with ``batch``.
    """

    def __init__(
        self,
        *,
        node_types: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(node_types=node_types, generator=generator)

    def change(self, x: Tensor, batch: Tensor | None) -> Tensor:
        r"""The new features of one node type."""
        return shuffle_rows(x, batch=batch, generator=self.generator)[0]
