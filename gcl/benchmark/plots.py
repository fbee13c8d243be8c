r"""Plots of a run, written as PNG files.

Legend: N nodes, D width.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gcl.files import written_whole
from gcl.functional.normalize import unit_rows

_MOST_CLASSES = 20  # colours of the map that can be told apart
_BLOCK = 2**11  # rows whose components are computed at a time: three copies in double precision
_MOST_POINTS = 5000  # more points than that hide each other


def plot_loss(losses: Sequence[float], path: Path) -> None:
    r"""Draw the loss of every epoch."""
    figure, axes = new_figure(5.0, 3.4)
    axes.plot(range(1, len(losses) + 1), losses, linewidth=1.2, color="tab:blue")
    axes.set_xlabel("epoch")
    axes.set_ylabel("training loss")
    axes.grid(alpha=0.3)
    save_png(figure, path)


def plot_embedding(h: Tensor, y: Tensor | None, path: Path) -> None:
    r"""Draw the two principal components of the unit-length embeddings, coloured by class.

    Of more than 5,000 nodes an evenly spaced part is drawn.

    Shapes:
        h [N, D]; y [N] or None
    """
    xy, explained = _principal_components(h)
    shown = torch.linspace(0, len(h) - 1, min(len(h), _MOST_POINTS)).long()
    figure, axes = new_figure(5.0, 4.4)
    colours = _class_colours(y)
    dots = axes.scatter(
        *xy[shown].t().numpy(),
        s=5,
        linewidths=0,
        **_colouring(None if colours is None else colours[shown]),
    )
    if colours is not None and y is not None:
        names = [str(c) for c in y[shown].unique().tolist()]
        axes.legend(
            dots.legend_elements(num=None)[0],
            names,
            title="class",
            loc="center left",
            bbox_to_anchor=(1.0, 0.5),
            frameon=False,
        )
    for axis, share, name in zip((axes.xaxis, axes.yaxis), explained, ("1", "2"), strict=False):
        axis.set_label_text(f"principal component {name} ({share:.0%} of variance)")
    axes.set(xticks=[], yticks=[])
    save_png(figure, path)


def new_figure(width: float, height: float) -> tuple[Any, Any]:
    r"""A figure that needs no display and touches no global state of matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def save_png(figure: Any, path: Path) -> None:
    r"""Write a figure to a PNG file, whole or not at all."""
    with written_whole(path) as part:
        figure.savefig(part, dpi=120, format="png")


def _principal_components(h: Tensor) -> tuple[Tensor, list[float]]:
    r"""The two leading components [N, 2] and their shares of the variance."""
    # Block by block: all rows in double precision would take more memory than training left free.
    blocks = h.detach().split(_BLOCK)
    mean = torch.stack([unit_rows(rows.double()).sum(0) for rows in blocks]).sum(0) / len(h)
    spread = torch.zeros(h.size(1), h.size(1), dtype=mean.dtype)
    for rows in blocks:
        x = unit_rows(rows.double()) - mean
        spread += x.t() @ x
    values, vectors = torch.linalg.eigh(spread)  # ascending
    total = values.sum().clamp_min(1e-12)
    axes = vectors[:, -2:].flip(1)
    xy = torch.cat([(unit_rows(rows.double()) - mean) @ axes for rows in blocks])
    xy = torch.nn.functional.pad(xy, (0, 2 - axes.size(1)))
    return xy, (values[-2:].flip(0) / total).tolist()


def _colouring(index: Tensor | None) -> dict[str, Any]:
    r"""Options of a scatter plot that colour the points by class."""
    if index is None:
        return {}
    return {"c": index.numpy(), "cmap": "tab10" if int(index.max()) < 10 else "tab20"}


def _class_colours(y: Tensor | None) -> Tensor | None:
    r"""Class indices 0, 1, ... [N]; None without labels or with too many classes to tell apart."""
    if y is None or y.dim() != 1 or y.is_floating_point():
        return None
    classes, index = y.unique(return_inverse=True)
    return index if len(classes) <= _MOST_CLASSES else None
