r"""Random masking of feature columns."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.checks import check_probability
from gcl.functional.features import mask_features


class FeatureMask(FeatureAugmenter):
    r"""Set each column of ``x`` to zero with probability ``p``: one mask, shared by all nodes.

    The feature masking of `GRACE <https://arxiv.org/abs/2006.04131>`_. All graphs of a
    ``Batch`` share the mask too. What is kept is not rescaled. Functional twin:
    :func:`gcl.functional.mask_features`.

    Args:
        p: Probability in [0, 1] of masking a column. Default 0.5.
        node_types: Node types of a ``HeteroData`` to change, each drawn on its own. Default: all
            that have ``x``.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for ``p`` outside [0, 1], an unknown node type, or data without ``x``.

    Example:
        >>> FeatureMask(p=1.0)(Data(x=torch.ones(1, 2))).x
        tensor([[0., 0.]])

    Cost: O(N F).
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        node_types: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(node_types=node_types, generator=generator)
        self.p = check_probability(p)

    def change(self, x: Tensor, batch: Tensor | None) -> Tensor:
        r"""The new features of one node type."""
        return mask_features(x, self.p, generator=self.generator)[0]
