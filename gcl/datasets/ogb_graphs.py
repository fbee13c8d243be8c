r"""OGB's molecules: many small graphs, with their split.

Legend: G graphs, N nodes and M edges of all graphs, T tasks.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch_geometric.data import Data, InMemoryDataset

from gcl.datasets.entry import Entry
from gcl.datasets.ogb_files import directions, fetch_archive, table
from gcl.datasets.paths import data_root
from gcl.datasets.rawfiles import fetch, locate
from gcl.registry import find

_URL = "http://snap.stanford.edu/ogb/data/graphproppred/csv_mol_download/{}.zip"
_RAW = ("edge", "node-feat", "edge-feat", "graph-label", "num-node-list", "num-edge-list")
_PARTS = ("train", "valid", "test")
_MOLECULES = ("hiv", "bace", "bbbp", "clintox", "muv", "pcba", "sider", "tox21", "toxcast")


class OGBGraphs(InMemoryDataset):
    r"""A PyG data set of many graphs that is in memory already.

    Args:
        data: all graphs below each other, nodes counted from 0 in each.
        slices: where each graph's part of an attribute starts.
        name: what the set is called.
        split: graph numbers of ``"train"``, ``"valid"`` and ``"test"``.
        transform: applied at every access.
    """

    def __init__(
        self,
        data: Data,
        slices: dict[str, Tensor],
        name: str,
        split: dict[str, Tensor],
        *,
        transform: Callable[[Data], Data] | None = None,
    ) -> None:
        super().__init__(None, transform)
        self._data, self.slices = data, slices
        self.name, self.split = name, split

    def __repr__(self) -> str:
        return f"OGBGraphs({self.name!r}, {len(self)})"


@dataclass(frozen=True)
class GraphFiles:
    r"""Files of a set of OGB with many undirected graphs.

    Args:
        folder: the set's folder, relative to the data root.
        archive: name of OGB's archive, which is also the folder inside it.
        split: name of OGB's split.
    """

    folder: str
    archive: str
    split: str = "scaffold"

    @property
    def files(self) -> tuple[str, ...]:
        r"""Names of the raw files below the folder."""
        parts = [f"split/{self.split}/{part}.csv.gz" for part in _PARTS]
        return (*(f"raw/{name}.csv.gz" for name in _RAW), *parts)

    def read(self, root: Path) -> Data:
        r"""Read all graphs below a data root, without the slices that tell them apart."""
        return self.read_folder(root / self.folder)[0]

    def read_folder(self, folder: Path) -> tuple[Data, dict[str, Tensor]]:
        r"""Read all graphs from the set's folder, and where each starts."""
        raw = {name: table(folder / "raw" / f"{name}.csv.gz") for name in _RAW}
        data = Data(
            x=raw["node-feat"],
            edge_index=directions(raw["edge"].t(), both=True),
            edge_attr=raw["edge-feat"].repeat_interleave(2, dim=0),
            y=raw["graph-label"],
        )
        nodes = pad(raw["num-node-list"].view(-1).cumsum(0), (1, 0))
        edges = pad(2 * raw["num-edge-list"].view(-1).cumsum(0), (1, 0))
        graphs = torch.arange(len(nodes))
        slices = {"x": nodes, "edge_index": edges, "edge_attr": edges, "y": graphs}
        _check_counts(data, slices, folder)
        return data, slices

    def download(self, root: Path) -> None:
        r"""Fetch and unpack OGB's archive."""
        fetch_archive(_URL.format(self.archive), self.archive, root / self.folder)


SETS = {f"ogbg-mol{name}": GraphFiles(f"OGB/ogbg_mol{name}", name) for name in _MOLECULES}


def load_graphs(
    name: str,
    root: str | os.PathLike[str] | None = None,
    *,
    transform: Callable[[Data], Data] | None = None,
) -> OGBGraphs:
    r"""Load a set of molecules of the `Open Graph Benchmark <https://arxiv.org/abs/2005.00687>`_,
    such as ``ogbg-molhiv``.

    The published files are read as they are, without the package ``ogb``: no question on standard
    input, no look at the network unless files are missing.

    Args:
        name: ``"ogbg-molhiv"``, ``"ogbg-molbace"``, ``"ogbg-molbbbp"`` or another set of molecules
            with classes.
        root: the folder of raw files, as in :func:`gcl.datasets.load`; the set belongs into
            ``OGB/`` below it, where ``ogb`` keeps it too if that is its root.
        transform: applied at every access to a graph.

    Shapes:
        of one graph: x [nodes, 9] and edge_attr [edges, 3], categories as int64; y [1, T], int64,
        or float32 with NaN where a label is missing

    Returns:
        A PyG data set whose ``split`` holds the graph numbers of OGB's scaffold split.

    Raises:
        ValueError: for an unknown name or files that do not belong together.
        FileNotFoundError: for files that are missing and cannot be downloaded.
    """
    files: GraphFiles = find(name, SETS, "set of molecules")
    entry = Entry(
        name,
        *(None, None, None, None),
        split="public",
        licence="MIT",
        reference="https://ogb.stanford.edu/docs/graphprop/",
        folder=files.folder,
        files=files.files,
        tasks=(),
        reader=files,
    )
    folder = locate(entry, data_root(root)) or fetch(entry, data_root(root))
    data, slices = files.read_folder(folder)
    split_folder = folder / "split" / files.split
    split = {part: table(split_folder / f"{part}.csv.gz").view(-1) for part in _PARTS}
    return OGBGraphs(data, slices, name, split, transform=transform)


def _check_counts(data: Data, slices: dict[str, Tensor], folder: Path) -> None:
    for key in ("x", "edge_attr", "y"):
        if len(data[key]) != int(slices[key][-1]):
            raise ValueError(
                f"files in {folder} do not belong together: {key} has {len(data[key])} rows, "
                f"the graphs have {int(slices[key][-1])}"
            )
