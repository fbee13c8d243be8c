r"""Sparse features on the way through a step.

Legend: N nodes, F features.
"""

import copy
from collections.abc import Iterable

from torch import nn
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose

from gcl.augmenters import (
    AdaptiveEdgeDrop,
    AdaptiveFeatureMask,
    CommunityEdgeDrop,
    CommunityFeatureMask,
    EdgeAdd,
    EdgeDrop,
    FeatureMask,
    FeatureShuffle,
)
from gcl.functional.sparse_features import compress
from gcl.per_graph import PerGraph

# Exact types: a subclass may do more to the features.
_READ_SPARSE = (
    AdaptiveEdgeDrop,
    AdaptiveFeatureMask,
    CommunityEdgeDrop,
    CommunityFeatureMask,
    EdgeAdd,
    EdgeDrop,
    FeatureMask,
    FeatureShuffle,
)

# A full-batch step sees the very same features each time; those of other batches are not kept.
_compress = PerGraph(compress, size=0)


def with_sparse_features(
    batch: Data, encoder: nn.Module, augmenters: Iterable[BaseTransform]
) -> Data:
    r"""The graph with features that are mostly zero in the CSR layout, if all that follows gains.

    Views are then drawn without a pass over N x F zeros. The same random numbers are drawn as for
    dense features, so the views are the same.

    Args:
        batch: a graph, which stays as it is.
        encoder: an encoder; it gains if its ``reads_sparse`` is true, as :class:`gcl.encoders.GCN`
            says of itself.
        augmenters: transforms of the views; with any but those that drop or add edges, mask
            columns or exchange rows, and ``Compose`` of these, the features stay dense.

    Cost: one pass over the features, for those that were not seen last.
    """
    if not getattr(encoder, "reads_sparse", False) or not all(map(_reads_sparse, augmenters)):
        return batch
    x = _compress(batch.x)
    if x is batch.x:
        return batch
    light = copy.copy(batch)
    light.x = x
    return light


def _reads_sparse(transform: BaseTransform) -> bool:
    if isinstance(transform, Compose):
        return all(map(_reads_sparse, transform.transforms))
    return type(transform) in _READ_SPARSE
