r"""Train the lines of the table of recommenders: choose on validation, score the test part once."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gcl.benchmark.memory import PeakMemory
from gcl.benchmark.rec_config import RecConfig
from gcl.benchmark.rec_entries import POPULARITY, Entry, with_options
from gcl.benchmark.rec_groups import measured_groups
from gcl.benchmark.rec_run import (
    TrainedRecommender,
    load_interactions,
    popularity,
    train_recommender,
)
from gcl.benchmark.rec_table import RecLine
from gcl.benchmark.under_way import UnderWay, has_begun
from gcl.checks import check_int
from gcl.evaluation import Result, ranking

METRICS, K = ("recall", "ndcg"), 20


def run_rec_suite(
    lines: Sequence[Entry],
    *,
    seeds: int = 3,
    device: str | None = None,
    under_way: UnderWay | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> Iterator[RecLine]:
    r"""Choose, train with seeds 0, 1, ... and score each entry; its line comes when it is done.

    The choice reads the validation part alone, with seed 0. The test part is scored once for each
    seed, by the weights of the epoch with the best validation score.

    Args:
        lines: from :func:`entries`.
        seeds: how many, 1 or more.
        device: where to train; the CPU if None.
        under_way: where trainings are kept until the line that they belong to was taken; those
            that were interrupted go on.
        report: called with a line of text before each training.
    """
    check_int(seeds, "seeds", minimum=1)
    train = _Trainer(device, under_way or UnderWay(None))
    for entry in lines:
        chosen, first = _choose(entry, train, report)
        runs = []
        for seed in range(seeds):
            report(f"{entry.config.dataset}: {entry.label}, seed {seed}")
            if seed == 0 and first is not None:
                runs.append(first)
                continue
            trained, mib = train(replace(chosen, seed=seed))
            runs.append((_popular(trained) if entry.label == POPULARITY else trained, mib))
        yield _line(entry, chosen, runs)
        train.forget()


Run = tuple[TrainedRecommender, float | None]


def _popular(trained: TrainedRecommender) -> TrainedRecommender:
    return replace(trained, h=popularity(trained.split.data))


class _Trainer:
    r"""Trains as configurations say, and keeps the trainings of the present line."""

    def __init__(self, device: str | None, under_way: UnderWay) -> None:
        self.device, self.under_way = device, under_way
        self.configs: list[RecConfig] = []

    def __call__(self, config: RecConfig) -> Run:
        data, out = load_interactions(config), self.under_way.folder(config)
        self.configs.append(config)
        begun = has_begun(out)
        how: dict[str, Any] = {"device": self.device, "progress": False, "resume": begun}
        with PeakMemory() as peak:
            trained = train_recommender(config, data, out=out, overwrite=not begun, **how)
        return trained, peak.mib

    def forget(self) -> None:
        r"""Remove what was kept of the line, which is written now."""
        self.under_way.forget(self.configs)
        self.configs = []


def _choose(
    entry: Entry, train: _Trainer, report: Callable[[str], None]
) -> tuple[RecConfig, Run | None]:
    r"""The candidate with the best validation score, and its training if there was a choice."""
    names, values = list(entry.candidates), list(itertools.product(*entry.candidates.values()))
    if len(values) < 2:
        return entry.config, None
    found: list[tuple[float, RecConfig, Run]] = []
    for value in values:
        changes = dict(zip(names, value, strict=True))
        report(f"{entry.config.dataset}: {entry.label}, validation of {changes}")
        config = replace(with_options(entry.config, changes), seed=0)
        run = train(config)
        found.append((run[0].history.best_value or 0.0, config, run))
    _, config, run = max(found, key=lambda item: item[0])
    return config, run


def _line(entry: Entry, config: RecConfig, runs: Sequence[Run]) -> RecLine:
    results = [ranking(t.h["user"], t.h["item"], t.split, k=K, metrics=METRICS) for t, _ in runs]
    named = ", ".join(map(str, range(len(runs))))
    peaks = [mib for _, mib in runs if mib is not None]
    histories = [trained.history for trained, _ in runs]
    return RecLine(
        entry.label,
        replace(config, seed=0),
        Result.pool(results, f"training seeds {named}, each: {results[0].protocol}"),
        tuple(h.best_epoch or h.epochs for h in histories),
        sum(h.seconds for h in histories) / max(sum(h.epochs for h in histories), 1),
        max(peaks) if peaks else None,
        {name: config.options[name] for name in entry.candidates},
        measured_groups(trained for trained, _ in runs),
    )
