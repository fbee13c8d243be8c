r"""Plots of recommenders by groups of users or items."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gcl.benchmark.plots import new_figure, save_png
from gcl.benchmark.rec_groups import KINDS, METRIC, Groups
from gcl.checks import check_choice
from gcl.evaluation import RankingGroup


def plot_ranking_groups(
    groups: Mapping[str, Sequence[RankingGroup]], metric: str, path: Path, *, what: str = "users"
) -> None:
    r"""Draw one metric of several methods as bars beside each other, group by group.

    Args:
        groups: for each method, what :func:`gcl.evaluation.ranking_groups` gave, over the same
            groups.
        metric: one of its scores, ``"recall@20"`` for instance.
        path: the PNG file to write.
        what: ``"users"`` or ``"items"``, for the axis.

    Raises:
        ValueError: for no method, methods with different groups, or a metric that they lack.
    """
    labels = {tuple((group.label, group.count) for group in rows) for rows in groups.values()}
    if len(labels) != 1:
        raise ValueError(f"groups must hold methods with the same groups, got {sorted(labels)}")
    check_choice(metric, "metric", next(iter(groups.values()))[0].scores)
    (names,) = labels
    figure, axes = new_figure(5.6 + 0.07 * len(groups) * len(names), 3.4)
    width = 0.8 / len(groups)
    axes.set_prop_cycle(color=_colours(len(groups)))
    for i, (method, rows) in enumerate(groups.items()):
        places = [place + (i + 0.5) * width - 0.4 for place in range(len(rows))]
        axes.bar(places, [group.scores[metric] for group in rows], width, label=method)
    axes.set_xticks(range(len(names)), [f"{label}\n({count:,})" for label, count in names])
    axes.set_xlabel(f"training interactions of the {what} (number of {what})")
    axes.set_ylabel(metric)
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    save_png(figure, path)


def _colours(count: int) -> list[tuple[float, ...]]:
    r"""Colours that differ, of up to 20 methods."""
    from matplotlib import colormaps

    colours = colormaps["tab10" if count <= 10 else "tab20"].colors  # type: ignore[attr-defined]
    return [tuple(colour) for colour in colours]


def plot_rec_groups(datasets: Mapping[str, Mapping[str, Groups]], out: Path) -> None:
    r"""Draw Recall@20 by groups of users and of items: two files for each data set in ``out``.

    They are called ``rec_NAME_users.png`` and ``rec_NAME_items.png``; files of one name in several
    folders get numbers. Data sets without groups are left out.
    """
    for name, methods in zip(_file_names(datasets), datasets.values(), strict=True):
        for kind in KINDS if methods else ():
            groups = {label: found[kind] for label, found in methods.items()}
            plot_ranking_groups(groups, METRIC, out / f"rec_{name}_{kind}.png", what=kind)


def _file_names(datasets: Iterable[str]) -> Iterator[str]:
    r"""A name for each data set, without the folder of those that are paths, and none twice."""
    taken: set[str] = set()
    for dataset in datasets:
        stem = Path(dataset).stem
        numbered = (stem if i == 1 else f"{stem}_{i}" for i in itertools.count(1))
        name = next(name for name in numbered if name not in taken)
        taken.add(name)
        yield name
