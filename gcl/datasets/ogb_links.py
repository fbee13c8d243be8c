r"""OGB's link property prediction sets, with their splits.

Legend: N nodes, M edges, P pairs of nodes.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.datasets.entry import Entry
from gcl.datasets.ogb_files import directions, fetch_archive, saved, table
from gcl.datasets.paths import data_root
from gcl.datasets.rawfiles import fetch, locate
from gcl.registry import find

_URL = "http://snap.stanford.edu/ogb/data/linkproppred/{}.zip"
_PARTS = ("train", "valid", "test")


class OGBLinks(NamedTuple):
    r"""A graph of the training edges, and what is to be predicted.

    Attributes:
        data: the graph, with both directions of every training edge. Without features in the set it
            has none.
        split: for each of ``"train"``, ``"valid"`` and ``"test"`` a dictionary of tensors: ``edge``
            [P, 2], ``edge_neg`` [P, 2] (not in training), and further columns of the set.
    """

    data: Data
    split: dict[str, dict[str, Tensor]]


@dataclass(frozen=True)
class LinkFiles:
    r"""Files of a set of OGB with one undirected graph.

    Args:
        folder: the set's folder, relative to the data root.
        archive: name of OGB's archive, which is also the folder inside it.
        split: name of OGB's split.
        features: whether nodes have features.
        edge_files: further per-edge files, kept as attributes of their names.
    """

    folder: str
    archive: str
    split: str
    features: bool
    edge_files: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        r"""Names of the raw files below the folder."""
        raw = ["edge", "num-node-list", *(["node-feat"] if self.features else []), *self.edge_files]
        parts = [f"split/{self.split}/{part}.pt" for part in _PARTS]
        return (*(f"raw/{name}.csv.gz" for name in raw), *parts)

    def read(self, root: Path) -> Data:
        r"""Read the graph below a data root."""
        return self.read_folder(root / self.folder)

    def read_folder(self, folder: Path) -> Data:
        r"""Read the graph from the set's folder."""
        raw = folder / "raw"
        data = Data(edge_index=directions(table(raw / "edge.csv.gz").t(), both=True))
        data.num_nodes = int(table(raw / "num-node-list.csv.gz").sum())
        if self.features:
            data.x = table(raw / "node-feat.csv.gz").float()
        for name in self.edge_files:
            data[name] = table(raw / f"{name}.csv.gz").repeat_interleave(2, dim=0).squeeze(1)
        if "edge_weight" in data:
            data.edge_weight = data.edge_weight.float()
        return data

    def download(self, root: Path) -> None:
        r"""Fetch and unpack OGB's archive."""
        fetch_archive(_URL.format(self.archive), self.archive, root / self.folder)


SETS = {
    "ogbl-collab": LinkFiles(
        "OGB/ogbl_collab", "collab", "time", features=True, edge_files=("edge_weight", "edge_year")
    ),
    "ogbl-ddi": LinkFiles("OGB/ogbl_ddi", "ddi", "target", features=False),
}


def load_links(name: str, root: str | os.PathLike[str] | None = None) -> OGBLinks:
    r"""Load ``ogbl-collab`` or ``ogbl-ddi`` of the `Open Graph Benchmark
    <https://arxiv.org/abs/2005.00687>`_.

    The published files are read as they are, without the package ``ogb``: no question on standard
    input, no look at the network unless files are missing.

    Args:
        name: ``"ogbl-collab"`` or ``"ogbl-ddi"``.
        root: the folder of raw files, as in :func:`gcl.datasets.load`; the set belongs into
            ``OGB/`` below it, where ``ogb`` keeps it too if that is its root.

    Returns:
        The training graph and the split, for OGB's evaluator
        (:func:`gcl.evaluation.ogb_evaluator`).

    Raises:
        ValueError: for an unknown name or damaged files.
        FileNotFoundError: for files that are missing and cannot be downloaded.
    """
    files: LinkFiles = find(name, SETS, "link set")
    entry = Entry(
        name,
        *(None, None, None, None),
        split="public",
        licence="ODC-BY",
        reference="https://ogb.stanford.edu/docs/linkprop/",
        folder=files.folder,
        files=files.files,
        tasks=("link",),
        reader=files,
    )
    folder = locate(entry, data_root(root)) or fetch(entry, data_root(root))
    data = files.read_folder(folder)
    split = {part: saved(folder / "split" / files.split / f"{part}.pt") for part in _PARTS}
    return OGBLinks(data, {part: _long_edges(content) for part, content in split.items()})


def _long_edges(content: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: v.to(torch.long) if key.startswith("edge") else v for key, v in content.items()}
