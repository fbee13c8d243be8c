r"""Loading a data set by name or path, and listing what can be named."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch_geometric.data import Data

from gcl.checks import OptionError, describe
from gcl.datasets.catalogue import CATALOGUE
from gcl.datasets.dataset import GraphDataset
from gcl.datasets.entry import Entry
from gcl.datasets.paths import data_root
from gcl.datasets.rawfiles import locate
from gcl.datasets.store import read_entry
from gcl.datasets.user import EDGE_LISTS, GRAPHML, SAVED, read_path
from gcl.registry import find

_NAMES = {name: e for e in CATALOGUE.values() for name in (e.name, *e.aliases)}


def load(
    name: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    *,
    transform: Callable[[Data], Data] | None = None,
    features: str | Sequence[str] | None = None,
    labels: str | None = None,
    directed: bool | None = None,
    mmap: bool | None = None,
) -> GraphDataset:
    r"""Load a data set of the catalogue by name, or a user's own graph by path.

    Raw files below ``root`` are used as they are and never written; processed files are kept in the
    cache (``GCL_CACHE``, else ``gcl`` in the user's cache folder) and made anew when a raw file
    changes. Missing raw files are downloaded where a download exists.

    A path is a folder (see :func:`gcl.datasets.graph_folder.read_folder`), a GraphML file, an edge
    list (``.edgelist``, ``.edges``, ``.txt``, ``.tsv``, ``.csv``), or a saved PyG ``Data``
    (``.pt``, ``.pth``). A name of the catalogue wins over a folder of that name: write ``./cora``
    for the folder.

    Args:
        name: a name of :data:`gcl.datasets.CATALOGUE` (case, ``-`` and ``_`` do not matter), or a
            path.
        root: the folder of raw files; by default ``GCL_DATA_ROOT``, else ``datasets/`` of a source
            checkout, else the cache.
        transform: applied at every access to the graph.
        features: for a graph of one's own that has no features: ``"degree"`` (the default; one
            column, log(1 + degree)), ``"constant"`` or ``"identity"``; for GraphML, also the list
            of node attributes to use.
        labels: for GraphML: the node attribute with the class (default: ``"y"``, if there is one).
        directed: for edge lists: whether a line stands for one direction. By default it stands for
            both, and both are stored.
        mmap: for a folder: leave ``features.npy`` of float32 in its file, mapped into memory, for
            features larger than the memory (``gcl.datasets.mapped``).

    Returns:
        A PyG data set of one graph: ``load("cora")[0]`` is a ``Data`` with dense float32 ``x``.

    Raises:
        ValueError: for an unknown name, with the nearest ones; for damaged files; for an option
            that would be ignored or that the graph needs (:class:`gcl.checks.OptionError`).
        FileNotFoundError: for raw files that are missing and cannot be downloaded, with the folder
            to put them in; for a path that does not exist.

    Example:
        >>> dataset = load("karate")
        >>> dataset[0].num_nodes, dataset.num_classes
        (34, 4)
    """
    if not isinstance(name, str | os.PathLike):
        raise TypeError(f"name must be a name or a path, got {describe(name)}")
    if not str(name).strip():
        raise ValueError(f"name must be a name or a path, got {name!r}")
    options = {"features": features, "labels": labels, "directed": directed, "mmap": mmap}
    path = _as_path(name)
    if path is None:
        entry = _entry(str(name), options)
        data = read_entry(entry, data_root(root))
        return GraphDataset(data, entry.name, entry=entry, transform=transform)
    if root is not None:
        raise OptionError(f"root={os.fspath(root)!r} would be ignored: {path} is a path")
    data = read_path(path, features=features, labels=labels, directed=directed, mmap=mmap)
    return GraphDataset(data, path.name, transform=transform)


def table(root: str | os.PathLike[str] | None = None) -> list[dict[str, Any]]:
    r"""One row for each set of the catalogue: counts, split, licence, and whether it is present.

    Args:
        root: as in :func:`load`.
    """
    folder = data_root(root)
    return [
        {
            "name": e.name,
            "tasks": ", ".join(e.tasks),
            "nodes": e.num_nodes,
            "edges": e.num_edges,
            "features": e.num_features,
            "classes": e.num_classes,
            "directed": e.directed,
            "split": e.split,
            "licence": e.licence,
            "present": not e.files or locate(e, folder) is not None,
        }
        for e in CATALOGUE.values()
    ]


def _as_path(name: str | os.PathLike[str]) -> Path | None:
    r"""The path that ``name`` means, or None if it is to be looked up in the catalogue."""
    path = Path(name).expanduser()
    looks_like_path = not isinstance(name, str) or len(path.parts) != 1 or name.startswith(".")
    if not looks_like_path and _is_known(str(name)):
        return None
    if path.exists():
        return path
    if looks_like_path or path.suffix.lower() in (*GRAPHML, *EDGE_LISTS, *SAVED):
        raise FileNotFoundError(f"no such file or folder: {path}")
    return None


def _is_known(name: str) -> bool:
    try:
        find(name, _NAMES, "dataset")
    except ValueError:
        return False
    return True


def _entry(name: str, options: dict[str, Any]) -> Entry:
    entry: Entry = find(name, _NAMES, "dataset (and no file or folder of that name)")
    given = [f"{key}={value!r}" for key, value in options.items() if value is not None]
    if given:
        raise OptionError(f"{', '.join(given)} would be ignored: {name!r} is in the catalogue")
    return entry
