r"""Time and memory of PamC over the number of nodes, beside exact losses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gcl.benchmark.plots import save_png

LABELS = {
    "pamc_10": ("PamC, K = 10", "tab:blue", "-"),
    "pamc_50": ("PamC, K = 50", "tab:cyan", "-"),
    "pamc_200": ("PamC, K = 200", "navy", "-"),
    "views_50": ("PamC of two views, K = 50", "tab:green", "-"),
    "streamed": ("all nodes, streamed", "tab:orange", "--"),
    "nt_xent": ("NT-Xent of two views, streamed", "tab:purple", "--"),
    "dense": ("all nodes, dense", "tab:red", ":"),
}


def draw(content: Mapping[str, Any], path: Path) -> None:
    r"""Draw the records of the suites ``growth`` and, if there, ``memory``.

    Args:
        content: what :func:`gcl.benchmark.pamc.run` returns.
        path: PNG file.
    """
    from matplotlib.figure import Figure

    panels = [("growth", "_seconds", "seconds, forward and backward")]
    if content.get("memory"):
        panels.append(("memory", "_extra", "peak MiB beyond the inputs"))
    figure = Figure(figsize=(4.8 * len(panels), 4.2), layout="constrained")
    for k, (suite, ending, name) in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), k + 1)
        _panel(axes, content[suite], ending)
        axes.set(xscale="log", yscale="log", xlabel="nodes", ylabel=name)
        axes.grid(alpha=0.3, which="both")
        if k == 0:
            lines, labels = axes.get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=4, fontsize=7)
    save_png(figure, path)


def _panel(axes: Any, records: Sequence[Mapping[str, Any]], ending: str) -> None:
    for side, (label, colour, style) in LABELS.items():
        key = side + ending
        points = [(r["N"], r[key]) for r in records if isinstance(r.get(key), float)]
        if points:
            axes.plot(*zip(*points, strict=True), style, color=colour, label=label, marker=".")
