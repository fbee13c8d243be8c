r"""A validation score for early stopping, which cannot see a test label.

Legend: N nodes, D width.
"""

import copy
from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.checks import describe
from gcl.evaluation.inputs import as_features, as_labels
from gcl.evaluation.probe import check_grid, probe_path, threads_for
from gcl.loaders import NodeSplit


class ValidationProbe:
    r"""Score a method by the accuracy of a linear probe on the validation nodes of one split.

    Called with a method, it embeds the graph, fits the logistic regressions of
    :func:`~gcl.evaluation.node_classification` on the train nodes, and returns the best validation
    accuracy over the grid. Pass it to :func:`gcl.training.fit` as ``probe=``. Labels of test nodes
    are forgotten when it is built.

    The embeddings that are then chosen may be scored on this split alone: of several random splits,
    the validation nodes of one are test nodes of another.

    Args:
        data: the graph with its labels ``y``, on the device where the method trains.
        split: train and validation nodes, both with labels.
        grid: values of C, the inverse penalty. The default is coarser than that of the final probe.

    Raises:
        TypeError: if ``split`` is no ``NodeSplit``.
        ValueError: for a split of another graph, or without labelled train or validation nodes.

    Cost:
        An embedding, and O(N D K) per solver step with K classes, some 20 steps for each C.

    Example:
        >>> from gcl.datasets import load
        >>> from gcl.loaders import random_split
        >>> from gcl.methods import DGI
        >>> data = load("digits")[0]
        >>> probe = ValidationProbe(data, random_split(data.num_nodes, y=data.y))
        >>> probe(DGI(data.num_features, out_channels=16)) > 0.5
        True
    """

    def __init__(
        self, data: Data, split: NodeSplit, *, grid: Sequence[float] = (0.01, 1.0, 100.0)
    ) -> None:
        if not isinstance(split, NodeSplit):
            raise TypeError(f"split must be a NodeSplit, got {describe(split)}")
        if data.get("y") is None or len(split.train) != len(data.y):
            raise ValueError(f"split must be over the labelled nodes of data, got {data}")
        y = as_labels(data.y, len(split.train))
        self.data, self.grid = _without_labels(data), check_grid(grid)
        self.train, self.val = (
            _Part((mask.cpu() & (y >= 0)).numpy(), y) for mask in (split.train, split.val)
        )
        for name in ("train", "val"):
            if not len(getattr(self, name).y):
                raise ValueError(f"split.{name} has no labelled node")

    def __call__(self, method: nn.Module) -> float:
        r"""The validation accuracy of ``method`` as it is now."""
        h = F.normalize(as_features(method.embed(self.data))).numpy()  # type: ignore[operator]
        train, val = self.train, self.val
        with threads_for(len(train.y), h.shape[1], int(train.y.max()) + 1):
            probes = probe_path(h[train.nodes], train.y, self.grid)
            correct = max(probe.quality(h[val.nodes], val.y)[0] for probe in probes)
        return correct / len(val.y)


def _without_labels(data: Data) -> Data:
    kept = copy.copy(data)  # tensors are shared
    for key in ("y", "train_mask", "val_mask", "test_mask"):
        if key in kept:
            del kept[key]
    return kept


class _Part:
    r"""The nodes of one part, and their labels: all that is kept of the labels."""

    def __init__(self, mask: np.ndarray, y: Tensor) -> None:
        self.nodes = np.flatnonzero(mask)
        self.y = y.numpy()[self.nodes]
