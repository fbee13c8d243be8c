r"""How likely the transforms of a view drop each edge.

Legend: M edges.
"""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch_geometric.transforms import BaseTransform, Compose

from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.augmenters.scored import ScoredFeatureMask

_FEATURES_ONLY = (FeatureAugmenter, ScoredFeatureMask)


def drop_probability(augmenter: BaseTransform, data: Any) -> float | Tensor:
    r"""Probability that a view loses an edge, for transforms that drop edges independently.

    A transform says so by a method ``drop_probability(data)``, as :class:`~gcl.augmenters.EdgeDrop`
    does. Those of a ``Compose`` act one after the other. Transforms of features drop no edge.

    Args:
        augmenter: the transform of a view.
        data: the graph.

    Returns:
        A number, or one for each edge: [M].

    Raises:
        TypeError: for a transform that may change the edges in any other way.

    Example:
        >>> from gcl.augmenters import EdgeDrop, FeatureMask
        >>> drop_probability(Compose([EdgeDrop(0.5), FeatureMask(0.9), EdgeDrop(0.5)]), Data())
        0.75
    """
    lost: float | Tensor = 0.0  # exact for one transform, as 1 - (1 - p) is not
    for transform in _parts(augmenter):
        if callable(getattr(transform, "drop_probability", None)):
            p = transform.drop_probability(data)
            lost = p + lost * (1.0 - p)
        elif not isinstance(transform, _FEATURES_ONLY):
            raise TypeError(
                "augmenters must change the edges by dropping them only, each with a probability "
                "that the transform tells by drop_probability(data), as EdgeDrop does; "
                f"got {transform!r}"
            )
    return lost


def _parts(transform: BaseTransform) -> Iterator[Any]:
    if isinstance(transform, Compose):
        for part in transform.transforms:
            yield from _parts(part)
    else:
        yield transform
