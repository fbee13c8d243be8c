r"""Interactions in tables of one's own: a row for each, ids of any kind, perhaps a time.

Legend: E interactions.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import OptionError, check_finite, describe
from gcl.datasets.interaction_columns import (
    are_dates,
    choose_columns,
    kept_rows,
    number_ids,
    read_table,
    times,
)
from gcl.datasets.interaction_files import read_text
from gcl.datasets.interactions import interactions

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".tsv", ".parquet")


def read_interactions(
    path: str | os.PathLike[str],
    *,
    test: str | os.PathLike[str] | None = None,
    user: str | None = None,
    item: str | None = None,
    time: str | None = None,
    rating: str | None = None,
    min_rating: float | None = None,
) -> HeteroData:
    r"""Read interactions of users with items from files of one's own.

    A path is

    - a table, ``.csv``, ``.tsv`` or ``.parquet`` (which needs the package ``pyarrow``), with a row
      for each interaction. The first line of a text names the columns, unless one of its cells is a
      number: columns are then called ``"0"``, ``"1"``, ... Ids may be numbers or any text.
    - a text of `LightGCN's <https://github.com/gusye1234/LightGCN-PyTorch>`_ layout, ``.txt``: a
      line holds a user and all items of the user, whole numbers from 0.
    - a folder with ``train`` and ``test`` in one of these formats, for instance ``train.txt`` and
      ``test.txt``.

    Users and items are numbered in the order of their ids, and the ids are kept as
    ``data["user"].name`` and ``data["item"].name``. What
    :func:`~gcl.datasets.interactions` merges or leaves out is in ``data.notes``, and is a warning
    here.

    Args:
        path: the file or folder.
        test: a file of the same format with a given test part.
        user: the column of users; by default the one called like a user (``user``, ``user_id``,
            ``userId``, ``uid``), or the first of a table without names.
        item: the column of items, likewise (``item``, ``movie``, ``book``, ``product``,
            ``business``, ``artist``, ... and their ids), or the second.
        time: the column of times, numbers or dates; by default the one called ``time``,
            ``timestamp`` or ``date``, if there is one.
        rating: a column of numbers that decides which rows are interactions; with ``min_rating``.
        min_rating: rows with a lower rating are left out.

    Returns:
        The interactions, see :func:`~gcl.datasets.interactions`.

    Raises:
        FileNotFoundError: for a path that does not exist.
        OptionError: for a column that is not there or cannot be told, or an option that a format
            ignores.
        ValueError: for an unknown format, a damaged file, an empty cell among users or items, or a
            time or rating that is none; file and line are named.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("plays.csv").write_text("user,song,date\nann,b,2024-05-01\nbob,a,2024-05-02\n")
        >>> data = read_interactions("plays.csv", item="song")
        >>> data["user", "rates", "item"].edge_index.tolist(), data["item"].name
        ([[0, 1], [1, 0]], ['a', 'b'])
    """
    source, held = _files(path, test)
    names = {"user": user, "item": item, "time": time, "rating": rating}
    if (rating is None) != (min_rating is None):
        raise OptionError(f"rating={rating!r} and min_rating={min_rating!r} go together")
    if min_rating is not None:
        check_finite(min_rating, "min_rating")
    if source.suffix.lower() == ".txt":
        ignored = [f"{key}={value!r}" for key, value in names.items() if value is not None]
        if ignored:
            raise OptionError(f"{', '.join(ignored)} would be ignored: {source} has no columns")
        data = interactions(
            read_text(source), test_edge_index=None if held is None else read_text(held)
        )
    else:
        data = _from_tables(source, held, names, min_rating)
    if data.notes:
        warnings.warn(f"{path}: {'; '.join(data.notes)}", stacklevel=2)
    return data


def _files(
    path: str | os.PathLike[str], test: str | os.PathLike[str] | None
) -> tuple[Path, Path | None]:
    r"""The files of both parts."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path, got {describe(path)}")
    source = Path(path).expanduser()
    if source.is_dir():
        if test is not None:
            raise OptionError(f"test={os.fspath(test)!r} would be ignored: {source} is a folder")
        return _in_folder(source)
    held = None if test is None else Path(test).expanduser()
    for file in _present(source, held):
        if not file.exists():
            raise FileNotFoundError(f"no such file or folder: {file}")
        if file.suffix.lower() not in (".txt", *TABLES):
            known = ", ".join((".txt", *TABLES))
            raise ValueError(f"{file} must be a folder or end in {known}")
    if held is not None and held.suffix.lower() != source.suffix.lower():
        raise ValueError(f"{held} must have the format of {source}")
    return source, held


def _in_folder(folder: Path) -> tuple[Path, Path | None]:
    names = [f"train{suffix}" for suffix in (".txt", *TABLES)]
    found = [folder / name for name in names if (folder / name).exists()]
    if len(found) != 1:
        raise ValueError(
            f"{folder} must hold one of {', '.join(names)}; it holds {len(found)} of them"
        )
    beside = found[0].with_name(f"test{found[0].suffix}")
    return found[0], beside if beside.exists() else None


def _present(source: Path, held: Path | None) -> list[Path]:
    return [source] if held is None else [source, held]


def _from_tables(
    source: Path, held: Path | None, names: dict[str, str | None], min_rating: float | None
) -> HeteroData:
    parts = []
    for file in _present(source, held):
        table = read_table(file)
        columns = choose_columns(table, names, file)
        kept = kept_rows(table, columns, min_rating, file)
        if file == source and not len(kept):
            of = "" if min_rating is None else f" with a rating of at least {min_rating}"
            raise ValueError(f"{file} must hold at least one interaction{of}, got none")
        parts.append((file, kept, columns))
    user, user_names = number_ids([(f, t[c["user"]]) for f, t, c in parts])
    item, item_names = number_ids([(f, t[c["item"]]) for f, t, c in parts])
    edges = [torch.stack(pair) for pair in zip(user, item, strict=True)]
    when = _times([(f, t[c["time"]] if c["time"] else None) for f, t, c in parts])
    return interactions(
        edges[0],
        time=when[0],
        test_edge_index=edges[1] if held is not None else None,
        test_time=when[1] if held is not None and when[0] is not None else None,
        user_names=user_names,
        item_names=item_names,
    )


def _times(columns: list[tuple[Path, pd.Series | None]]) -> list[Tensor | None]:
    r"""The times of each file; ValueError if one has dates and another numbers."""
    found = [None if column is None else times(column, file) for file, column in columns]
    kinds = {are_dates(column): file for file, column in columns if column is not None}
    if len(kinds) > 1:
        raise ValueError(
            f"times must be of one kind: {kinds[True]} has dates, but {kinds[False]} numbers"
        )
    return found
