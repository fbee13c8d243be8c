r"""Recommenders by groups of users and items: measured, averaged over seeds, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from gcl.benchmark.rec_run import TrainedRecommender
from gcl.evaluation import RankingGroup, ranking_groups

Groups = Mapping[str, tuple[RankingGroup, ...]]
KINDS = ("users", "items")
K, METRIC = 20, "recall@20"
TITLES = {
    "users": "Recall@20 by the training interactions of the user (number of users)",
    "items": "share of Recall@20 by the training interactions of the item (number of items)",
}


def measured_groups(runs: Iterable[TrainedRecommender]) -> Groups:
    r"""Recall@20 of the test part by user activity and by item popularity, mean over trainings."""
    found: dict[str, list[Sequence[RankingGroup]]] = {kind: [] for kind in KINDS}
    for run in runs:
        for kind, rows in found.items():
            user, item = run.h["user"], run.h["item"]
            rows.append(ranking_groups(user, item, run.split, by=kind, k=K, metrics=("recall",)))
    return {kind: mean_groups(rows) for kind, rows in found.items()}


def mean_groups(seeds: Sequence[Sequence[RankingGroup]]) -> tuple[RankingGroup, ...]:
    r"""The mean scores of groups over seeds.

    Where the test part is drawn by seed, groups differ; those of the first seed are kept then.
    """
    first, *others = [[replace(group, scores={}) for group in groups] for groups in seeds]
    if any(other != first for other in others):
        return tuple(seeds[0])
    return tuple(replace(same[0], scores=_mean(same)) for same in zip(*seeds, strict=True))


def _mean(groups: Sequence[RankingGroup]) -> dict[str, float]:
    names = groups[0].scores
    return {name: sum(g.scores[name] for g in groups) / len(groups) for name in names}


def groups_to_dict(groups: Groups) -> dict[str, Any]:
    r"""Groups in plain Python values."""
    return {kind: [asdict(group) for group in rows] for kind, rows in groups.items()}


def groups_from_dict(record: Mapping[str, Any]) -> Groups:
    r"""What :func:`groups_to_dict` gave."""
    return {kind: tuple(RankingGroup(**g) for g in rows) for kind, rows in record.items()}


def groups_sections(methods: Mapping[str, Groups], dataset: str) -> dict[str, str]:
    r"""A heading and a table in Markdown for each kind of groups; scores in per cent.

    Args:
        methods: groups by the name of the method, the same groups for all; empty gives nothing.
        dataset: for the heading.
    """
    kinds = KINDS if methods else ()
    return {kind: f"{dataset}: {TITLES[kind]}\n\n{_table(methods, kind)}" for kind in kinds}


def _table(methods: Mapping[str, Groups], kind: str) -> str:
    groups = next(iter(methods.values()))[kind]
    header = ["method", *(f"{group.label} ({group.count:,})" for group in groups)]
    rows = [header, ["---"] * len(header)]
    for name, found in methods.items():
        rows.append([name, *(f"{100 * group.scores[METRIC]:.2f}" for group in found[kind])])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
