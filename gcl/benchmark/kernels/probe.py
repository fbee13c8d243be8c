r"""The linear probe's path of penalties beside scikit-learn's logistic regression.

Legend: N train rows, D width, K classes.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from gcl.benchmark.kernels.timing import compare
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation.probe import GRID, Probe, probe_path, threads_for
from gcl.loaders import random_split

# On the gradient of the mean loss of rows whose entries are about 1 in size.
TOLERANCE = 1e-5


def time_probes(
    datasets: tuple[str, ...] = ("digits", "cora", "photo"), width: int = 512, repeats: int = 5
) -> Iterator[dict[str, Any]]:
    r"""One record for the train rows of a split: a tenth of the nodes, their features and the
    embeddings of an untrained GCN, on as many threads as scores are computed with.
    """
    for name in datasets:
        for rows, (x, y) in _problems(name, width).items():
            sides = {"ours": partial(_our_path, x, y), "plain": partial(plain_path, x, y)}
            sizes = {"N": len(x), "D": x.shape[1], "K": len(np.unique(y))}
            with threads_for(*sizes.values()):
                seconds = compare(sides, repeats)
            times = {f"{side}_seconds": value for side, value in seconds.items()}
            ratio = seconds["plain"] / seconds["ours"]
            yield {"dataset": name, "rows": rows, **sizes, **times, "ratio": ratio}


def _problems(name: str, width: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    data = load(name)[0]
    torch.manual_seed(0)
    encoder = GCN(data.num_features, 2 * width, width, num_layers=2)
    with torch.no_grad():
        found = {"features": data.x, "embeddings": encoder(data.x, data.edge_index)}
    train = random_split(data.num_nodes, y=data.y, seed=0).train
    y = data.y[train].numpy()
    return {rows: (F.normalize(h)[train].double().numpy(), y) for rows, h in found.items()}


def _our_path(x: np.ndarray, y: np.ndarray) -> list[Probe]:
    return list(probe_path(x, y))


def plain_path(x: np.ndarray, y: np.ndarray, tolerance: float = TOLERANCE) -> list[Probe]:
    r"""The same path by scikit-learn, each fit from the last one's solution: x [N, D], y [N]."""
    from sklearn.linear_model import LogisticRegression

    shift = x.mean(axis=0)
    unit = float(np.sqrt(np.square(x - shift).mean()))
    rows, found = (x - shift) / unit, []
    model = LogisticRegression(tol=tolerance, max_iter=10_000, warm_start=True)
    for c in GRID:
        model.C = c * unit**2
        model.fit(rows, y)
        weight = model.coef_ / unit
        bias = model.intercept_ - weight @ shift
        found.append(Probe(weight, bias, model.classes_, c, True))
    return found
