r"""Processed graphs: one file per content of raw files, written whole or not at all."""

import os
import pickle
import shutil
import tempfile
import warnings
from pathlib import Path

import torch
from torch_geometric.data import Data, HeteroData

from gcl.datasets.defects import find_defects
from gcl.datasets.entry import Entry
from gcl.datasets.paths import make_cache_dir
from gcl.datasets.rawfiles import fetch, fingerprint, locate
from gcl.datasets.validate import check_counts, check_graph, standard

_FORMAT = 1  # raise it when what is saved for the same raw files changes


def read_entry(entry: Entry, root: Path) -> Data | HeteroData:
    r"""The graph of ``entry``, from the cache if these raw files were processed before.

    Raises:
        FileNotFoundError: if raw files are missing and cannot be downloaded.
        ValueError: if they cannot be read or do not hold the graph that the catalogue describes.
    """
    if not entry.files:
        return entry.reader.read(root)
    folder = locate(entry, root) or fetch(entry, root)
    key = fingerprint(entry, folder)
    path = make_cache_dir() / f"{entry.name}-{key}-v{_FORMAT}.pt"
    data = _cached(path, entry)
    return data if data is not None else _process(entry, folder, key, path)


def _cached(path: Path, entry: Entry) -> Data | HeteroData | None:
    cls = HeteroData if entry.interactions else Data
    try:
        return cls.from_dict(torch.load(path, weights_only=True))
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError):
        return None  # damaged after it was written (say, by a full disk): made again


def _process(entry: Entry, folder: Path, key: str, path: Path) -> Data | HeteroData:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="tmp-") as temporary:
        _link(entry, folder, Path(temporary) / entry.folder)
        data = _read(entry, Path(temporary), folder)
        saved = Path(temporary) / "data.pt"
        torch.save(data.to_dict(), saved)
        if fingerprint(entry, folder) != key:
            raise ValueError(f"raw files in {folder} changed while they were read; load again")
        os.replace(saved, path)
    return data


def _link(entry: Entry, folder: Path, target: Path) -> None:
    for name in entry.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            (target / name).symlink_to((folder / name).resolve())
        except OSError:  # a file system without links
            shutil.copyfile(folder / name, target / name)


def _read(entry: Entry, root: Path, folder: Path) -> Data | HeteroData:
    files = [folder / name for name in entry.files]
    if entry.verified:  # a line cut off at the end of a text may well pass through PyG's readers
        _raise_for(entry, find_defects(files), None)
    try:
        with warnings.catch_warnings():  # PyG adds filters of its own
            data = standard(entry.reader.read(root))
        check_graph(data, f"dataset {entry.name!r}")
        check_counts(data, entry)
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # readers fail on damaged files in every possible way
        names = ", ".join(entry.files)
        _raise_for(entry, find_defects(files) or [f"{names} in {folder} do not fit"], error)
    return data


def _raise_for(entry: Entry, defects: list[str], cause: Exception | None) -> None:
    if defects:
        detail = f" ({type(cause).__name__}: {cause})" if cause else ""
        message = f"cannot read dataset {entry.name!r}: {'; '.join(defects)}{detail}"
        raise ValueError(message) from cause
