r"""The diagnostics of a method in training, ready to be logged."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import describe
from gcl.evaluation.diagnostics import (
    alignment_and_uniformity,
    effective_rank,
    mean_positive_rank,
)


@dataclass(frozen=True)
class ViewDiagnostics:
    r"""Draw two views of a graph and measure how the method sees them.

    Called with a method that has ``augmenters`` and ``project``, as :class:`~gcl.methods.GRACE`
    has, it returns the alignment and uniformity of the projections, the mean rank of the positive,
    and the effective rank of the embeddings of the whole graph. Pass it to
    :func:`gcl.training.fit` as ``log=``. No label is read.

    Args:
        data: the graph.

    Raises:
        TypeError: when called with a method that makes no two views.

    Cost:
        O(N^2 D) time a call: as much as a training step.

    Example:
        >>> from gcl.datasets import load
        >>> from gcl.methods import GRACE
        >>> data = load("karate")[0]
        >>> sorted(ViewDiagnostics(data)(GRACE(data.num_features, out_channels=8)))
        ['alignment', 'effective_rank', 'positive_rank', 'uniformity']
    """

    data: Data

    @torch.no_grad()
    def __call__(self, method: nn.Module) -> dict[str, float]:
        r"""Measure ``method`` in evaluation mode, which is left as it was."""
        was_training = method.training
        method.eval()
        try:
            z1, z2 = self._projections(method)
            close = alignment_and_uniformity(z1, z2)
            h = method.embed(self.data)  # type: ignore[operator]
        finally:
            method.train(was_training)
        return {
            "alignment": close.alignment,
            "uniformity": close.uniformity,
            "positive_rank": mean_positive_rank(z1, z2),
            "effective_rank": effective_rank(h),
        }

    def _projections(self, method: nn.Module) -> tuple[Tensor, Tensor]:
        augmenters, project = getattr(method, "augmenters", None), getattr(method, "project", None)
        if augmenters is None or not callable(project):
            raise TypeError(f"method must have augmenters and project, got {describe(method)}")
        first, second = (project(augment(self.data)) for augment in augmenters)
        if first.shape != second.shape:
            raise TypeError("method must have augmenters that keep all nodes to be diagnosed")
        return first, second
