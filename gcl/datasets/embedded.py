r"""Graphs that come with the installed packages: no file to fetch, no cache."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch_geometric.data import Data

from gcl.functional.knn import knn_graph

DIGITS_NEIGHBOURS = 10


@dataclass(frozen=True)
class Built:
    r"""A graph built by a function instead of read from files."""

    build: Callable[[], Data]

    def read(self, root: Path) -> Data:
        r"""Build the graph."""
        return self.build()

    def download(self, root: Path) -> None:
        r"""Nothing to fetch."""


def digits() -> Data:
    r"""scikit-learn's 1,797 handwritten digits, joined with their 10 nearest neighbours.

    The 64 features are pixel intensities 0 to 16, divided by 16: one scale for all pixels, so that
    a distance between nodes is the distance between images.
    """
    from sklearn.datasets import load_digits

    pixels, target = load_digits(return_X_y=True)
    x = torch.from_numpy(pixels / 16.0).float()
    edge_index = knn_graph(x, DIGITS_NEIGHBOURS)
    return Data(x=x, edge_index=edge_index, y=torch.from_numpy(target).long())


def karate() -> Data:
    r"""Zachary's karate club as in PyG: 34 members, one-hot features, 4 communities."""
    from torch_geometric.datasets import KarateClub

    return KarateClub()[0]
