r"""Files of a recommender: lists of items, and the embeddings of users and items.

Legend: I users, J items, D width, U users of a list, K places.
"""

import csv
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.files import written_whole

EMBEDDINGS = (".npz", ".parquet")


def names_of(data: HeteroData, kind: str) -> list[str]:
    r"""The original ids of the users or items, their numbers where the data have no others."""
    names = data[kind].get("name")
    return [str(i) for i in range(data[kind].num_nodes)] if names is None else list(names)


def write_recommendations(
    path: Path, users: Sequence[str], items: Sequence[Sequence[str]], scores: Tensor
) -> None:
    r"""Write a CSV file with a line ``user,rank,item,score`` for each place of each list.

    Args:
        path: the file.
        users: id of each user, U of them.
        items: ids of the items of each list, best first; at most K, fewer where none was left.
        scores: their scores.

    Shapes:
        scores [U, K]
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user", "rank", "item", "score"])
        for user, names, row in zip(users, items, scores.tolist(), strict=True):
            places = zip(names, row, strict=False)
            writer.writerows([user, r, name, f"{s:.6g}"] for r, (name, s) in enumerate(places, 1))


def write_rec_embeddings(path: Path, h: Mapping[str, Tensor], data: HeteroData) -> None:
    r"""Write the embeddings of users and items with their ids.

    ``.npz``: arrays ``user`` [I, D], ``item`` [J, D], ``user_name`` and ``item_name``. ``.parquet``
    (which needs the package ``pyarrow``): a row for each user and item with the columns ``kind``,
    ``name`` and ``embedding``, a list of numbers of the embeddings' own precision.

    Raises:
        ValueError: for another suffix, or a parquet file where ``pyarrow`` is missing.
    """
    check_embeddings_path(path)
    names = {kind: names_of(data, kind) for kind in ("user", "item")}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        if path.suffix == ".npz":
            arrays: dict[str, Any] = {kind: h[kind].numpy() for kind in names}
            arrays |= {f"{kind}_name": np.array(ids) for kind, ids in names.items()}
            with part.open("wb") as file:
                np.savez(file, **arrays)
        else:
            import pandas as pd

            rows = [
                (kind, name, row)
                for kind, ids in names.items()
                for name, row in zip(ids, h[kind].numpy(), strict=True)
            ]
            pd.DataFrame(rows, columns=["kind", "name", "embedding"]).to_parquet(part)


def check_embeddings_path(path: Path) -> None:
    r"""Raise ValueError unless embeddings can be written to a file of this name."""
    if path.suffix not in EMBEDDINGS:
        raise ValueError(f"a file of embeddings must end in {' or '.join(EMBEDDINGS)}, got {path}")
    if path.suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise ValueError(f"{path} needs the package pyarrow, which is not installed")
