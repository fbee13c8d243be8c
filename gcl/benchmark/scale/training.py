r"""What the scaling benchmark trains, and on which batches.

Legend: N nodes, F features, D embedding width.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from torch import nn
from torch_geometric.data import Data

from gcl import losses
from gcl.loaders import ClusterLoader, NeighborLoader
from gcl.methods import BGRL, GRACE

WIDTH = 256
PART_NODES, PARTS = 512, 4  # of a part, and parts of a batch: about 2,000 nodes are contrasted
FAN_OUT, SEEDS = [10, 5], 1024


class Training(NamedTuple):
    r"""A method and its batches.

    Attributes:
        method: makes the method for a number of features.
        batches: makes the batches of a graph.
    """

    method: Callable[[int], nn.Module]
    batches: Callable[[Data], Iterable[Data]]


def grace(in_channels: int) -> nn.Module:
    r"""GRACE, exact over the nodes of a batch."""
    return GRACE(in_channels, out_channels=WIDTH)


def bgrl(in_channels: int) -> nn.Module:
    r"""BGRL."""
    return BGRL(in_channels, out_channels=WIDTH)


def pam_c(in_channels: int) -> nn.Module:
    r"""GRACE's views and encoder with the meta-nodes of communities as negatives."""
    loss = vars(losses)["PamC"](clusters="communities")
    make: Any = GRACE
    return make(in_channels, out_channels=WIDTH, loss=loss)


def clusters(data: Data) -> ClusterLoader:
    r"""Unions of METIS parts."""
    return ClusterLoader(data, max(1, -(-len(data.x) // PART_NODES)), PARTS)


def neighbors(data: Data) -> NeighborLoader:
    r"""Seeds with sampled neighbours."""
    return NeighborLoader(data, FAN_OUT, SEEDS, shuffle=True)


def whole(data: Data) -> list[Data]:
    r"""The graph as one batch."""
    return [data]


TRAININGS = {
    "grace, parts": Training(grace, clusters),
    "bgrl, parts": Training(bgrl, clusters),
    "grace, neighbours": Training(grace, neighbors),
}
if hasattr(losses, "PamC"):
    TRAININGS["pam_c, full batch"] = Training(pam_c, whole)
