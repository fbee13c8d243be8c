r"""Columns of a table of interactions: which they are, and what they hold.

Legend: E interactions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gcl.checks import OptionError, unknown
from gcl.datasets.csv_table import read_cells, without_header

if TYPE_CHECKING:
    import pandas as pd

_ITEMS = (
    *("item", "movie", "book", "product", "business", "artist", "song", "track", "poi", "venue"),
    *("location", "article", "news", "recipe", "anime", "game", "asin"),
)
_KNOWN = {"user": ("user", "u", "reviewer", "member"), "item": (*_ITEMS, "i")}
_TIMES = ("time", "timestamp", "date", "datetime", "unixreviewtime")


def read_table(path: Path) -> pd.DataFrame:
    r"""A table with named columns; the index counts lines of a text, or rows, from 1.

    Raises:
        ValueError: if the file is no table.
        ImportError: for a parquet file where no package reads them.
    """
    import pandas as pd

    if path.suffix.lower() == ".parquet":
        try:
            table = pd.read_parquet(path)
        except ImportError as error:
            raise ImportError(f"{path} needs the package pyarrow to be read") from error
        except Exception as error:  # each engine has errors of its own
            raise ValueError(f"{path} is no parquet file: {error}") from error
        if any(name is not None for name in table.index.names):  # pandas stores an index apart
            table = table.reset_index()
        table.index = pd.RangeIndex(1, len(table) + 1)
        return table.rename(columns=str)
    cells = read_cells(path, "\t" if path.suffix.lower() == ".tsv" else ",")
    body = without_header(cells)
    named = len(body) < len(cells)
    body.columns = [str(name) for name in (cells.iloc[0] if named else range(cells.shape[1]))]
    return body


def choose_columns(
    table: pd.DataFrame, given: Mapping[str, str | None], path: Path
) -> dict[str, str | None]:
    r"""The columns of users, items, times and ratings, those not given told by their names.

    Raises:
        OptionError: for a column that the table lacks, or users or items that cannot be told.
    """
    names = list(table.columns)
    chosen = dict(given)
    for role, name in given.items():
        if name is not None and name not in names:
            raise OptionError(
                f"{path} has no column {role}={name!r}: {unknown(name, names)}; it has "
                f"{', '.join(names)}"
            )
    free = [name for name in names if name not in given.values()]
    for role in ("user", "item", "time"):
        if chosen[role] is None:
            chosen[role] = _tell(role, free, unnamed=names == [str(i) for i in range(len(names))])
    for role in ("user", "item"):
        if chosen[role] is None:
            raise OptionError(
                f"cannot tell which column of {path} holds the {role}s; name one with {role}=: "
                f"{', '.join(names)}"
            )
    twice = [name for name in names if list(chosen.values()).count(name) > 1]
    if twice:
        raise OptionError(f"column {twice[0]!r} of {path} is given twice")
    return chosen


def kept_rows(
    table: pd.DataFrame, columns: Mapping[str, str | None], min_rating: float | None, path: Path
) -> pd.DataFrame:
    r"""The rows with a rating of at least ``min_rating``; all without a rating."""
    if columns["rating"] is None or min_rating is None:
        return table
    return table[_numbers(table[columns["rating"]], path) >= min_rating]


def number_ids(parts: Sequence[tuple[Path, pd.Series]]) -> tuple[list[Tensor], list[str]]:
    r"""Number the ids of all parts together: one vector a part, and the ids by number.

    Whole numbers come in their order, other ids in that of text.

    Raises:
        ValueError: for an empty cell, naming file and line.
    """
    import pandas as pd

    for path, ids in parts:
        blank = ids.isna() | (ids.astype(str).str.strip() == "")
        if blank.any():
            line = blank.index[blank.to_numpy().argmax()]
            raise ValueError(f"{path}, line {line}: column {ids.name!r} is empty")
    text = pd.concat([_as_text(ids) for _, ids in parts], ignore_index=True)
    codes, names = pd.factorize(text)
    names = np.asarray(names, dtype=object)
    whole = [int(name) if _is_canonical(name) else None for name in names]
    keys = names.astype(str) if None in whole else np.array(whole)
    order = keys.argsort(kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    numbers = torch.from_numpy(rank[codes])
    return list(numbers.split([len(ids) for _, ids in parts])), [str(n) for n in names[order]]


def times(column: pd.Series, path: Path) -> Tensor:
    r"""Times as numbers: as they are, or nanoseconds since 1970 of dates.

    Raises:
        ValueError: for a cell that is neither, naming file and line.
    """
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    if not are_dates(column):
        return torch.from_numpy(numbers.to_numpy().copy())
    dates = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    bad = dates.isna().to_numpy()
    if bad.any():
        neither = bad & numbers.isna().to_numpy()
        at = (neither if neither.any() else bad).argmax()
        raise ValueError(
            f"{path}, line {column.index[at]}: {str(column.iloc[at])!r} in column "
            f"{column.name!r} is neither a number nor a date"
        )
    return torch.from_numpy(dates.dt.as_unit("ns").astype("int64").to_numpy().copy())


def are_dates(column: pd.Series) -> bool:
    r"""Whether a column of times holds anything but numbers."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    return bool(pd.to_numeric(column, errors="coerce").isna().any())


def _tell(role: str, names: list[str], *, unnamed: bool) -> str | None:
    r"""The column that is called like ``role``; of unnamed ones, by position."""
    if unnamed:
        return {"user": "0", "item": "1"}.get(role) if len(names) > 1 else None
    plain = {name: "".join(c for c in name.lower() if c.isalnum()) for name in names}
    wanted = _TIMES if role == "time" else _spellings(_KNOWN[role])
    return next((name for word in wanted for name in names if plain[name] == word), None)


def _spellings(words: Sequence[str]) -> list[str]:
    return [f"{word}{end}" for word in words for end in ("", "id", "name")]


def _as_text(ids: pd.Series) -> pd.Series:
    r"""Ids as text; whole numbers are written as such whatever the type of their column.

    A column of a parquet file that had gaps holds its whole numbers as fractions.
    """
    import pandas as pd

    if pd.api.types.is_float_dtype(ids):
        numbers = ids.to_numpy(dtype=np.float64)
        if (numbers == numbers.round()).all() and (np.abs(numbers) < 2**53).all():
            ids = ids.astype("int64")
    return ids.astype(str).str.strip()


def _is_canonical(name: str) -> bool:
    r"""Whether ``name`` is how a whole number is written, so that no two names are one number."""
    return name.isascii() and name.isdigit() and (name == "0" or name[0] != "0") and len(name) < 19


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        at = numbers.isna().to_numpy().argmax()
        raise ValueError(
            f"{path}, line {column.index[at]}: {str(column.iloc[at])!r} in column "
            f"{column.name!r} is no number"
        )
    return numbers
