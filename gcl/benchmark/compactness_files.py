r"""Files on the node compactness of a run: a table and two plots.

Legend: N nodes.
"""

import csv
from pathlib import Path

import numpy as np
from torch import Tensor

from gcl.benchmark.plots import new_figure, save_png
from gcl.files import written_whole

FILES = ("compactness.csv", "compactness.png", "compactness_by_degree.png")
_BINS = 60


def write_compactness(out: Path, degree: Tensor, compactness: Tensor) -> None:
    r"""Write ``compactness.csv`` with one row a node, and both plots.

    Shapes:
        degree [N], compactness [N]
    """
    out.mkdir(parents=True, exist_ok=True)
    d, c = degree.cpu().numpy(), compactness.cpu().numpy()
    _write_csv(d, c, out / FILES[0])
    plot_histogram(c, out / FILES[1])
    plot_by_degree(d, c, out / FILES[2])


def _write_csv(d: np.ndarray, c: np.ndarray, path: Path) -> None:
    with written_whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("node", "degree", "compactness"))
        writer.writerows(zip(range(len(d)), d.tolist(), c.tolist(), strict=True))


def plot_histogram(c: np.ndarray, path: Path) -> None:
    r"""Draw how many nodes have which compactness [N]."""
    figure, axes = new_figure(5.0, 3.4)
    axes.hist(c, bins=_BINS, color="tab:blue")
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.axvline(np.median(c), color="tab:orange", linewidth=1.2, label="median")
    axes.set_xlabel("node compactness")
    axes.set_ylabel("nodes")
    axes.legend(frameon=False)
    save_png(figure, path)


def plot_by_degree(d: np.ndarray, c: np.ndarray, path: Path) -> None:
    r"""Draw the compactness [N] of nodes over their degree [N], with the median of each degree."""
    figure, axes = new_figure(5.0, 3.8)
    axes.scatter(d, c, s=5, linewidths=0, alpha=0.35, color="tab:blue", label="node")
    edges = _degree_bins(int(d.max()))
    groups = np.digitize(d, edges)
    shown = [(np.mean(d[groups == g]), np.median(c[groups == g])) for g in np.unique(groups)]
    axes.plot(*zip(*shown, strict=True), "o-", color="tab:orange", markersize=4, label="median")
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=-0.2 if d.min() == 0 else 0.9)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("degree")
    axes.set_ylabel("node compactness")
    axes.legend(frameon=False)
    save_png(figure, path)


def _degree_bins(largest: int) -> np.ndarray:
    r"""Lower ends of groups of degrees: each small one for itself, then equal steps of the log."""
    steps = np.geomspace(1, max(largest, 2), 13)
    return np.unique(np.concatenate([[0, 1, 2, 3], np.ceil(steps).astype(int)]))
