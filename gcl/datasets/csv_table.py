r"""Tables of numbers or labels in CSV files, with errors that name the line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_MISSING = ("", "nan", "na", "null", "none")


def read_cells(path: Path, separator: str = ",") -> pd.DataFrame:
    r"""All cells of a CSV file as text, blank lines left out; the index counts lines from 1."""
    import pandas as pd

    try:
        cells = pd.read_csv(
            path,
            sep=separator,
            header=None,
            dtype=str,
            skip_blank_lines=False,
            keep_default_na=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no table: {str(error).strip()}") from error
    cells.index += 1
    return cells[(cells.fillna("") != "").any(axis=1)]


def without_header(cells: pd.DataFrame) -> pd.DataFrame:
    r"""Drop the first line if some of its cells are words and none is a number."""
    first = cells.iloc[:1]
    words = ~first.fillna("").apply(lambda column: column.str.strip().str.lower().isin(_MISSING))
    if _numbers(first).notna().to_numpy().any() or not words.to_numpy().any():
        return cells
    return cells.iloc[1:]


def check_no_gaps(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
    r"""The cells of a file whose i-th row belongs to node i; ValueError for a blank line before."""
    wanted = np.arange(1, len(cells) + 1)
    gaps = np.flatnonzero(cells.index.to_numpy() != wanted)
    if len(gaps):
        raise ValueError(f"{path}, line {wanted[gaps[0]]} is blank, but each row is that of a node")
    return cells


def numeric(cells: pd.DataFrame, path: Path) -> np.ndarray:
    r"""The cells as float64.

    Raises:
        ValueError: naming file, line and cell of the first that is not a finite number.
    """
    values = _numbers(cells).to_numpy(np.float64, copy=True)  # torch wants it writable
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        got = cells.iloc[row, column]
        raise ValueError(
            f"{path}, line {cells.index[row]}: {got!r} in column {column + 1} is no finite number"
        )
    return values


def _numbers(cells: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return cells.apply(pd.to_numeric, errors="coerce")
