r"""Files of the Open Graph Benchmark (Hu et al., 2020, https://arxiv.org/abs/2005.00687).

They are read directly. The package ``ogb`` 1.3.6 would look for a newer release on the network when
it is imported, may wait for an answer on standard input, and cannot load what it has saved itself
under torch 2.6 or later.
"""

import _codecs
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import download_url, extract_zip

from gcl.datasets.unpickled import allowed

# What the pickled arrays of OGB's splits are made of, under the names of NumPy 1 and 2.
_DTYPES = (np.int32, np.int64, np.float32, np.float64, np.bool_)
_ARRAYS: list[Any] = [
    np.ndarray,
    np.dtype,
    _codecs.encode,
    *(type(np.dtype(t)) for t in _DTYPES),
    *(
        (np._core.multiarray._reconstruct, f"numpy.{core}.multiarray._reconstruct")  # type: ignore[attr-defined]
        for core in ("core", "_core")
    ),
]


def table(path: Path, dtype: type | None = None) -> Tensor:
    r"""A comma-separated file without header; whole numbers become int64, others float32."""
    import pandas as pd

    values = pd.read_csv(path, header=None).to_numpy()
    if dtype is None:
        dtype = np.int64 if np.issubdtype(values.dtype, np.integer) else np.float32
    return torch.from_numpy(np.array(values, dtype=dtype))


def directions(edges: Tensor, both: bool) -> Tensor:
    r"""Place each edge's reverse right after it, as OGB does, so that edge features repeat."""
    if not both:
        return edges.contiguous()
    return torch.stack([edges, edges.flip(0)], dim=2).flatten(1)


def saved(path: Path) -> dict[str, Tensor]:
    r"""A dictionary of arrays that OGB saved with torch; nothing else in it is executed.

    Raises:
        ValueError: if the file is damaged or holds something else.
    """
    try:
        with allowed(_ARRAYS):
            content = torch.load(path, weights_only=True)
    except Exception as error:  # unpickling fails in as many ways as files are damaged
        raise ValueError(f"{path} is no file of arrays: {type(error).__name__}: {error}") from error
    return {key: torch.as_tensor(value) for key, value in content.items()}


def fetch_archive(url: str, archive: str, target: Path) -> None:
    r"""Download and unpack an archive of OGB, whose only folder becomes ``target``."""
    path = download_url(url, str(target.parent), log=False)
    extract_zip(path, str(target.parent), log=False)
    shutil.move(target.parent / archive, target)
