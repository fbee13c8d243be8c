r"""Edge lists of whole numbers, read column by column.

Legend: M edges.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch_geometric.data import Data

from gcl.datasets.listed_edges import edge_data

if TYPE_CHECKING:
    import pandas as pd


def read_numbered(text: str, directed: bool) -> Data | None:
    r"""The graph of lines ``u v`` or ``u v weight``, u and v whole numbers, perhaps with a header.

    Nodes are in the order of their numbers.

    Returns:
        edge_index [2, M] and perhaps edge_weight [M]; None if some line is not of this form, or an
        edge has two weights: then a slower reader is to say what is wrong, if anything is.
    """
    table = _table(text, _header(text))
    if table is None:
        return None
    names, ends = np.unique(table.iloc[:, :2].to_numpy(), return_inverse=True)
    edge_index = torch.from_numpy(ends.reshape(-1, 2).T.copy())
    weight = None
    if table.shape[1] == 3:
        weight = torch.from_numpy(table[2].to_numpy(np.float32, copy=True))
    try:
        return edge_data(edge_index, weight, len(names), directed)
    except ValueError:
        return None


def _header(text: str) -> int:
    r"""How many lines to skip: up to the first that is not empty if it holds no number, else 0."""
    for number, line in enumerate(io.StringIO(text), 1):
        words = line.split("#")[0].replace(",", " ").split()
        if words:
            return 0 if any(map(_is_number, words)) else number
    return 0


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _table(text: str, skipped: int) -> pd.DataFrame | None:
    r"""Two columns of whole numbers, and perhaps a third of finite ones; None for anything else."""
    import pandas as pd

    try:
        table = pd.read_csv(
            io.StringIO(text.replace(",", " ")),
            sep=r"\s+",
            comment="#",
            header=None,
            skiprows=skipped,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return None
    whole = all(table.dtypes[column] == np.int64 for column in table.columns[:2])
    if table.shape[1] not in (2, 3) or not len(table) or not whole:
        return None
    last = table.iloc[:, -1]
    with np.errstate(over="ignore"):  # a weight beyond float32 is infinite in it
        sound = last.dtype.kind in "iuf" and np.isfinite(last.to_numpy(np.float32)).all()
    return table if sound else None
