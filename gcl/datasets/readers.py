r"""Readers of raw files in the layouts of PyG's data set classes and of the benchmark npz files."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch_geometric.data import Data
from torch_geometric.utils import to_undirected


class _DownloadedError(Exception):
    r"""Leaves a PyG class between its download and its processing."""


@dataclass(frozen=True)
class PyG:
    r"""A data set class of ``torch_geometric.datasets``.

    Args:
        cls: its name.
        root: its ``root`` argument, relative to the data root.
        args: its other arguments.
    """

    cls: str
    root: str = "."
    args: dict[str, Any] = field(default_factory=dict)

    def read(self, root: Path) -> Data:
        r"""Process the raw files with PyG's class, below ``root``."""
        return self._class()(root=str(root / self.root), **self.args)[0]

    def download(self, root: Path) -> None:
        r"""Run PyG's own download and nothing else."""

        def process(_: object) -> None:
            raise _DownloadedError

        cls = self._class()
        with contextlib.suppress(_DownloadedError):
            type(cls.__name__, (cls,), {"process": process})(
                root=str(root / self.root), **self.args
            )

    def _class(self) -> type:
        import torch_geometric.datasets

        return getattr(torch_geometric.datasets, self.cls)


class _NoDownload:
    def download(self, root: Path) -> None:
        r"""Always fail: these files have no address of their own."""
        raise OSError("there is no download for this set")


@dataclass(frozen=True)
class AttributedNpz(_NoDownload):
    r"""A file with ``x`` (dense, or CSR parts ``x_data``, ...), ``y`` and a [2, M] edge list.

    Args:
        path: the file, relative to the data root.
        edges: key of the edge list, which holds both directions.
    """

    path: str
    edges: str = "edge_index"

    def read(self, root: Path) -> Data:
        r"""Read the file."""
        with (root / self.path).open("rb") as file, np.load(file) as raw:
            if "x" in raw:
                x = raw["x"]
            else:
                parts = (raw["x_data"], raw["x_indices"], raw["x_indptr"])
                x = sp.csr_matrix(parts, tuple(raw["x_shape"])).toarray()
            edge_index = torch.from_numpy(raw[self.edges].astype(np.int64))
            y = torch.from_numpy(raw["y"])
        return Data(x=torch.from_numpy(x), edge_index=edge_index, y=y)


@dataclass(frozen=True)
class MaskedNpz(_NoDownload):
    r"""The layout of PyG's heterophilous graphs, for a file that PyG has no class for.

    Args:
        path: the file, relative to the data root; ``edges`` [E, 2] in it are undirected.
    """

    path: str

    def read(self, root: Path) -> Data:
        r"""Read the file."""
        with (root / self.path).open("rb") as file, np.load(file) as raw:
            x = torch.from_numpy(raw["node_features"])
            edge_index = torch.from_numpy(raw["edges"].astype(np.int64)).t()
            masks = {
                f"{part}_mask": torch.from_numpy(raw[f"{part}_masks"]).bool().t().contiguous()
                for part in ("train", "val", "test")
            }
            y = torch.from_numpy(raw["node_labels"])
        return Data(x=x, edge_index=to_undirected(edge_index, num_nodes=len(x)), y=y, **masks)
