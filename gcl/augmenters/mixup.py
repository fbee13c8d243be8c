r"""Mixtures of features."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.functional.mixup import check_mixture, mix_rows


class Mixup(FeatureAugmenter):
    r"""Mix the features of every node with those of another, in a proportion drawn for each (`mixup
    <https://arxiv.org/abs/1710.09412>`_).

    .. math::
        x_i' = \lambda_i x_i + (1 - \lambda_i) x_{\pi(i)}, \qquad
        \lambda_i \sim \text{Beta}(\alpha, \alpha)

    Inputs are mixed, with one :math:`\lambda` for each node and a random permutation :math:`\pi`
    within the graph; labels and edges stay. Functional twin: :func:`gcl.functional.mix_rows`.

    Args:
        alpha: Parameter > 0 of the distribution. Default 1 (uniform), unless ``lam`` is given.
        lam: A fixed proportion in [0, 1] of a node's own features, instead of ``alpha``. Default
            None.
        node_types: Node types of a ``HeteroData`` to change, each drawn on its own. Default: all
            that have ``x``.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data or ``x``, of the wrong kind.
        ValueError: for ``alpha`` or ``lam`` out of range, both of them, an unknown node type, or
            data without ``x``.

    Example:
        >>> Mixup(lam=0.5)(Data(x=torch.tensor([[3.0]]))).x
        tensor([[3.]])

    Cost: O(N F), and two sorts of N numbers with ``batch``.
    """

    def __init__(
        self,
        alpha: float | None = None,
        *,
        lam: float | None = None,
        node_types: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(node_types=node_types, generator=generator)
        self.alpha = check_mixture(alpha, lam)
        self.lam = lam

    def change(self, x: Tensor, batch: Tensor | None) -> Tensor:
        r"""The new features of one node type."""
        return mix_rows(x, self.alpha, lam=self.lam, batch=batch, generator=self.generator)[0]
