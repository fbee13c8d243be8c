r"""A user's graph as a folder of tables.

Legend: N nodes, M edges, D width.
"""

import difflib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import OptionError
from gcl.datasets.csv_table import check_no_gaps, numeric, read_cells, without_header
from gcl.datasets.labels import number_labels
from gcl.datasets.listed_edges import edge_data
from gcl.datasets.mapped import map_features
from gcl.functional.structure import give_structural_features

_KNOWN = ("edges.csv", "features.npy", "features.csv", "labels.csv")
_LABEL_HEADERS = ("label", "labels", "class", "y")


def read_folder(
    folder: Path, *, features: str | None = None, directed: bool = False, mmap: bool = False
) -> Data:
    r"""Read a graph from ``edges.csv``, ``features.npy`` or ``.csv``, and ``labels.csv``.

    ``edges.csv`` has two columns of node numbers from 0 and may have a third of weights; a first
    line without any number is a header. Row i of the features and of the labels belongs to node i.
    Labels are whole numbers or words, numbered in sorted order, -1 for a node without label; the
    first line is a header if it reads ``label``, ``labels``, ``class`` or ``y``. A blank line among
    rows that belong to nodes is an error. With ``mmap``, ``features.npy`` stays in its file
    (``gcl.datasets.mapped``).
    """
    _check_names(folder)
    pairs, weight, lines = _read_edges(folder / "edges.csv")
    x, y = _read_features(folder, mmap), _read_labels(folder / "labels.csv")
    num_nodes = _num_nodes(folder, pairs, x, y)
    _check_range(folder / "edges.csv", pairs, lines, num_nodes)
    try:
        data = edge_data(torch.from_numpy(pairs.T.copy()), weight, num_nodes, directed)
    except ValueError as error:
        raise ValueError(f"{folder / 'edges.csv'}: {error}") from error
    if x is not None and features is not None:
        raise OptionError(f"features={features!r} would be ignored: {folder} has its own features")
    data.x = x
    if x is None:
        give_structural_features(data, features or "degree")
    if y is not None:
        data.y = y
    return data


def _check_names(folder: Path) -> None:
    if not (folder / "edges.csv").is_file():
        raise ValueError(f"{folder} is no graph: it has no file edges.csv")
    if all((folder / f"features.{kind}").is_file() for kind in ("npy", "csv")):
        raise ValueError(f"{folder} has both features.npy and features.csv; keep one")
    for path in sorted(folder.iterdir()):
        near = difflib.get_close_matches(path.name.lower(), _KNOWN, n=1, cutoff=0.8)
        if path.name not in _KNOWN and near:
            raise ValueError(f"{path} would be ignored; did you mean {near[0]}?")


def _read_edges(path: Path) -> tuple[np.ndarray, Tensor | None, np.ndarray]:
    cells = without_header(read_cells(path))
    if cells.shape[1] not in (2, 3):
        raise ValueError(f"{path} must have 2 or 3 columns, got {cells.shape[1]}")
    values, lines = numeric(cells, path), cells.index.to_numpy()
    bad = np.flatnonzero((values[:, :2] % 1 != 0).any(axis=1))
    if len(bad):
        got = ", ".join(cells.iloc[bad[0], :2])
        raise ValueError(f"{path}, line {lines[bad[0]]}: node numbers must be whole, got {got}")
    weight = torch.from_numpy(values[:, 2]).float() if values.shape[1] == 3 else None
    return values[:, :2].astype(np.int64), weight, lines


def _read_features(folder: Path, mmap: bool) -> Tensor | None:
    if mmap:
        if not (folder / "features.npy").is_file():
            raise OptionError(f"mmap=True would be ignored: {folder} has no features.npy")
        return map_features(folder / "features.npy")
    if (folder / "features.csv").is_file():
        path = folder / "features.csv"
        cells = check_no_gaps(read_cells(path), path)
        return torch.from_numpy(numeric(without_header(cells), path)).float()
    path = folder / "features.npy"
    if not path.is_file():
        return None
    try:
        values = np.load(path, allow_pickle=False)
        x = torch.from_numpy(values).float()
    except (ValueError, EOFError, TypeError, OSError) as error:
        raise ValueError(f"{path} cannot be read as an array of numbers: {error}") from error
    if x.dim() != 2:
        raise ValueError(f"{path} must have shape [N, D], got {list(x.shape)}")
    bad = (~torch.isfinite(x)).nonzero()
    if len(bad):
        row, column = bad[0].tolist()
        raise ValueError(f"{path}: {x[row, column].item()} at row {row}, column {column}")
    return x


def _read_labels(path: Path) -> Tensor | None:
    if not path.is_file():
        return None
    cells = check_no_gaps(read_cells(path), path)
    if cells.shape[1] != 1:
        raise ValueError(f"{path} must have 1 column, got {cells.shape[1]}")
    if len(cells) and cells.iloc[0, 0].strip().lower() in _LABEL_HEADERS:
        cells = cells.iloc[1:]
    try:
        return number_labels(cells[0].str.strip().to_numpy(str))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _num_nodes(folder: Path, pairs: np.ndarray, x: Tensor | None, y: Tensor | None) -> int:
    if x is not None and y is not None and len(x) != len(y):
        raise ValueError(f"{folder} has {len(x)} rows of features but {len(y)} labels")
    rows = x if x is not None else y
    num_nodes = len(rows) if rows is not None else int(pairs.max(initial=-1)) + 1
    if not num_nodes:
        raise ValueError(f"{folder} holds an empty graph: no node and no edge")
    return num_nodes


def _check_range(path: Path, pairs: np.ndarray, lines: np.ndarray, num_nodes: int) -> None:
    bad = np.argwhere((pairs < 0) | (pairs >= num_nodes))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"{path}, line {lines[row]}: node {pairs[row, column]} is not in [0, {num_nodes})"
        )
