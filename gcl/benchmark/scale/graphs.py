r"""The graphs of the scaling benchmark.

Legend: N nodes, F features.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.datasets.paths import data_root
from gcl.datasets.synthetic import like

_WIDTH = 128  # of random features, for graphs that have none


def real(name: str, root: Path | None = None) -> Data:
    r"""A graph of ``<root>/<name>/raw/<name>.npz``, with random features if it has none.

    The file holds ``edges`` [2, M], each undirected edge once, ``num_nodes``, and perhaps features
    in CSR parts. Both directions are stored.

    Raises:
        FileNotFoundError: if the file is missing.
    """
    path = data_root(root) / name / "raw" / f"{name}.npz"
    if not path.is_file():
        raise FileNotFoundError(f"the benchmark graph {name!r} is not there: {path}")
    with np.load(path) as file:
        edges = torch.from_numpy(file["edges"].astype(np.int64))
        num_nodes = int(file["num_nodes"])
        x = _features(file) if "x_indptr" in file else _random(num_nodes)
    return Data(x=x, edge_index=torch.cat([edges, edges.flip(0)], dim=1))


def _features(file: np.lib.npyio.NpzFile) -> Tensor:
    r"""Binary features [N, F] from their CSR parts."""
    rows, columns = (int(n) for n in file["x_shape"])
    row = np.repeat(np.arange(rows), np.diff(file["x_indptr"]))
    x = torch.zeros(rows, columns)
    x[torch.from_numpy(row), torch.from_numpy(file["x_indices"].astype(np.int64))] = 1.0
    return x


def _random(num_nodes: int) -> Tensor:
    return torch.randn(num_nodes, _WIDTH, generator=torch.Generator().manual_seed(0))


def synthetic(name: str, scale: float) -> Data:
    r"""A graph like a known one."""
    return like(name, scale=scale)[0]


GRAPHS: dict[str, Callable[[], Data]] = {
    "synthetic arxiv / 4": partial(synthetic, "ogbn-arxiv", 0.25),
    "synthetic arxiv / 2": partial(synthetic, "ogbn-arxiv", 0.5),
    "synthetic arxiv": partial(synthetic, "ogbn-arxiv", 1.0),
    "synthetic products / 10": partial(synthetic, "ogbn-products", 0.1),
    "synthetic products": partial(synthetic, "ogbn-products", 1.0),
    **{name: partial(real, name) for name in ("ego_twitter", "facebook_pages", "github_social")},
}
