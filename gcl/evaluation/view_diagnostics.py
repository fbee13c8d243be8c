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
from gcl.evaluation.spectral_view import spectral_view
from gcl.functional.normalize import unit_rows
from gcl.modes import evaluating


@dataclass(frozen=True)
class ViewDiagnostics:
    r"""Draw two views of a graph and measure how the method sees them.

    Called with a method that has ``project(data) -> (z1, z2)``, as :class:`~gcl.methods.GRACE`
    has, it returns the alignment and uniformity of the projections, the mean rank of the positive,
    and the effective rank of the embeddings of the whole graph. Pass it to
    :func:`gcl.training.fit` as ``log=``. No label is read.

    With ``positives`` it adds the spectral view of InfoNCE (:func:`~gcl.evaluation.spectral_view`)
    of the first projections, scaled to unit length as losses on cosines see them: the five numbers
    ``spectral_attraction``, ``_repulsion``, ``_alignment``, ``_bound`` and ``_overlap``.

    Args:
        data: the graph.
        positives: edges of the graph of positive pairs, ``data.edge_index`` for one.
        temperature: that of the spectral view, 0.5 if None. Only with ``positives``.

    Raises:
        TypeError: when called with a method that makes no two views.
        ValueError: for a temperature without ``positives``, and as
            :func:`~gcl.evaluation.spectral_view`.

    Cost:
        O(N^2 D) time a call: as much as a training step. The spectral view adds its own.

    Example:
        >>> from gcl.datasets import load
        >>> from gcl.methods import GRACE
        >>> data = load("karate")[0]
        >>> sorted(ViewDiagnostics(data)(GRACE(data.num_features, out_channels=8)))
        ['alignment', 'effective_rank', 'positive_rank', 'uniformity']
    """

    data: Data
    positives: Tensor | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        if self.positives is None and self.temperature is not None:
            raise ValueError(f"temperature={self.temperature} would be ignored without positives")

    @torch.no_grad()
    def __call__(self, method: nn.Module) -> dict[str, float]:
        r"""Measure ``method`` in evaluation mode, which is left as it was."""
        with evaluating(method):
            z1, z2 = self._projections(method)
            close = alignment_and_uniformity(z1, z2)
            h = method.embed(self.data)  # type: ignore[operator]
        return {
            "alignment": close.alignment,
            "uniformity": close.uniformity,
            "positive_rank": mean_positive_rank(z1, z2),
            "effective_rank": effective_rank(h),
            **self._spectral(z1),
        }

    def _spectral(self, z: Tensor) -> dict[str, float]:
        if self.positives is None:
            return {}
        temperature = 0.5 if self.temperature is None else self.temperature
        view = spectral_view(unit_rows(z), self.positives, temperature=temperature)
        return {f"spectral_{name}": value for name, value in view._asdict().items()}

    def _projections(self, method: nn.Module) -> tuple[Tensor, Tensor]:
        project = getattr(method, "project", None)
        if not callable(project):
            raise TypeError(f"method must have project(data) -> (z1, z2), got {describe(method)}")
        first, second = project(self.data)
        if len(first) != self.data.num_nodes:
            raise TypeError("method must have augmenters that keep all nodes to be diagnosed")
        return first, second
