r"""A user's own graph, whatever its format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch_geometric.data import Data

from gcl.checks import OptionError
from gcl.datasets.graph_folder import read_folder
from gcl.datasets.network_files import read_edge_list, read_graphml
from gcl.datasets.saved import read_saved
from gcl.datasets.validate import check_graph, standard
from gcl.functional.structure import KINDS, give_structural_features

GRAPHML = (".graphml", ".xml")
EDGE_LISTS = (".edgelist", ".edges", ".txt", ".tsv", ".csv")
SAVED = (".pt", ".pth")


def read_path(
    path: Path,
    *,
    features: str | Sequence[str] | None = None,
    labels: str | None = None,
    directed: bool | None = None,
    mmap: bool | None = None,
) -> Data:
    r"""Read the graph at ``path``; the options are those of :func:`gcl.datasets.load`.

    Raises:
        ValueError: for an unknown format, a damaged file, a graph that does not hold together.
        OptionError: for an option that this format would ignore, or that it needs.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        _refuse(path, labels=labels)
        kind = _kind(path, features)
        data = read_folder(path, features=kind, directed=bool(directed), mmap=bool(mmap))
    elif suffix in GRAPHML:
        _refuse(path, directed=directed, mmap=mmap)
        data = read_graphml(path, features=features, labels=labels)
    elif suffix in EDGE_LISTS:
        _refuse(path, labels=labels, mmap=mmap)
        data = read_edge_list(path, features=_kind(path, features), directed=bool(directed))
    elif suffix in SAVED:
        _refuse(path, labels=labels, directed=directed, mmap=mmap)
        data = _with_features(read_saved(path), path, _kind(path, features))
    else:
        known = ", ".join((*GRAPHML, *EDGE_LISTS, *SAVED))
        raise ValueError(f"{path} must be a folder or end in {known}, got {suffix or 'no suffix'}")
    return standard(check_graph(data, str(path), finite=not mmap))  # mapped ones are checked


def _refuse(path: Path, **options: Any) -> None:
    for name, value in options.items():
        if value is not None:
            raise OptionError(f"{name}={value!r} would be ignored: {path} cannot use it")


def _kind(path: Path, features: str | Sequence[str] | None) -> str | None:
    if features is not None and not isinstance(features, str):
        raise OptionError(
            f"features must be one of {', '.join(KINDS)}, since {path} has no node attributes; "
            f"got {features!r}"
        )
    return features


def _with_features(data: Data, path: Path, features: str | None) -> Data:
    if data.x is not None and features is not None:
        raise OptionError(f"features={features!r} would be ignored: {path} has its own features")
    if data.x is None and data.num_nodes:
        data = check_graph(data, str(path))
        give_structural_features(data, features or "degree")
    return data
