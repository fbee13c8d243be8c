r"""Reader of OGB's node property prediction sets (Hu et al., 2020, https://arxiv.org/abs/2005.00687)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.datasets.ogb_files import directions, fetch_archive, table
from gcl.functional.structure import give_edge_features

_URL = "http://snap.stanford.edu/ogb/data/nodeproppred/{}.zip"


@dataclass(frozen=True)
class OGBNodes:
    r"""A homogeneous set in OGB's layout: ``raw/*.csv.gz`` and ``split/<split>/*.csv.gz``.

    Gives ``x`` float32, ``y`` [N] (a matrix only where there are several labels) and the masks of
    OGB's split. A set without node features gets the mean of the features of its edges.

    Args:
        folder: the set's folder, relative to the data root.
        archive: name of OGB's archive, which is also the folder inside it.
        split: name of OGB's split.
        both_directions: whether each listed edge stands for two.
        node_file: a further per-node file, kept as an attribute of that name.
    """

    folder: str
    archive: str
    split: str
    both_directions: bool = False
    node_file: str | None = None

    def read(self, root: Path) -> Data:
        r"""Read the files of the set."""
        raw, split = root / self.folder / "raw", root / self.folder / "split" / self.split
        y = table(raw / "node-label.csv.gz", np.int64)
        data = Data(y=y.squeeze(1) if y.size(1) == 1 else y, num_nodes=len(y))
        data.edge_index = directions(table(raw / "edge.csv.gz", np.int64).t(), self.both_directions)
        if (raw / "node-feat.csv.gz").exists():
            data.x = table(raw / "node-feat.csv.gz", np.float32)
        else:
            data.edge_attr = self._edge_features(raw)
            give_edge_features(data)
        if self.node_file:
            data[self.node_file] = table(raw / f"{self.node_file}.csv.gz", np.int64)
        for key, file in (("train", "train"), ("val", "valid"), ("test", "test")):
            data[f"{key}_mask"] = _mask(table(split / f"{file}.csv.gz", np.int64), len(y))
        return data

    def _edge_features(self, raw: Path) -> Tensor:
        features = table(raw / "edge-feat.csv.gz", np.float32)
        return features.repeat_interleave(2, dim=0) if self.both_directions else features

    def download(self, root: Path) -> None:
        r"""Fetch and unpack OGB's archive."""
        fetch_archive(_URL.format(self.archive), self.archive, root / self.folder)


def _mask(index: Tensor, num_nodes: int) -> Tensor:
    mask = torch.zeros(num_nodes, dtype=torch.bool)
    mask[index.flatten()] = True
    return mask
