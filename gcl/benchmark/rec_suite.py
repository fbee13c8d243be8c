r"""Recommenders under one protocol: same width, layers, batches and stopping; tuned on validation.

Legend: I users, J items.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gcl import recipes
from gcl.benchmark.memory import PeakMemory
from gcl.benchmark.rec_config import RecConfig, method_arguments, recommender_class
from gcl.benchmark.rec_groups import measured_groups
from gcl.benchmark.rec_run import TrainedRecommender, load_interactions, train_recommender
from gcl.benchmark.rec_table import RecLine
from gcl.benchmark.under_way import UnderWay, has_begun
from gcl.checks import check_choice, check_int
from gcl.datasets import CATALOGUE
from gcl.evaluation import Result, ranking
from gcl.functional.pairs import PRECISIONS
from gcl.loaders import TripletLoader

DATASETS = ("lastfm", "gowalla", "douban_book")
METRICS, K = ("recall", "ndcg"), 20
# What is the same for every method; the rest is its recipe's.
COMMON: dict[str, Any] = {"embedding_dim": 64, "num_layers": 3}
SPLIT = {"protocol": "given", "val": 0.1}
LOADER = {"batch_size": 2048}  # of triplets; a method made for batches of users keeps its own
FIT = {"epochs": 500, "lr": 1e-3, "probe_every": 5, "patience": 10}
# What is tuned: the strength of what makes a method more than LightGCN, around its recipe's.
GRIDS: dict[str, dict[str, Sequence[float]]] = {
    "light_gcn": {"regularization": (1e-4, 1e-3)},
    "light_gcl": {"contrast_weight": (0.01, 0.05, 0.2)},
    "light_gcl_paper": {"contrast_weight": (1e-7, 1e-5, 1e-3)},
    "sgl": {"contrast_weight": (0.01, 0.1, 0.5)},
    "sim_gcl": {"contrast_weight": (0.01, 0.05, 0.2)},
    "xsim_gcl": {"contrast_weight": (0.01, 0.05, 0.2)},
    "ncl": {"structure_weight": (1e-7, 1e-6, 1e-5)},
    "direct_au": {"gamma": (0.5, 1.0, 2.0)},
}
ABLATIONS: dict[str, Mapping[str, Any]] = {"light_gcl": {"contrast_weight": 0.0}}


@dataclass(frozen=True)
class Entry:
    r"""A line of the table to be: how it is called, its run, and what to choose from.

    Args:
        label: what the table calls it.
        config: the run, of any seed.
        candidates: values of options, by name, to choose from on the validation part.
    """

    label: str
    config: RecConfig
    candidates: Mapping[str, Sequence[float]]


def entries(
    methods: Sequence[str],
    datasets: Sequence[str],
    *,
    fit: Mapping[str, Any] | None = None,
    root: str | None = None,
    tune: bool = True,
    precision: str | None = None,
) -> Iterator[Entry]:
    r"""The lines of a table: every method on every data set, and ablations beside them.

    Args:
        methods: names of recommenders.
        datasets: names of sets of interactions, or paths, whose test part is drawn.
        fit: changes of how all are trained.
        root: folder of raw data.
        tune: choose from :data:`GRIDS`; otherwise recipes are taken as they are.
        precision: of the contrasts against all users and items; the recipes' if None.

    Raises:
        ValueError: for an unknown method or precision; the message lists the nearest ones.
    """
    common = dict(COMMON)
    if precision is not None:
        common["precision"] = check_choice(precision, "precision", PRECISIONS)
    for dataset, method in itertools.product(datasets, methods):
        name = recipes.recipe_for(method, dataset) or recipes.recipe_for(method, "lastfm")
        recipe = {**recipes.read(str(name)), "root": root}
        config = _under_protocol(recipe, dataset, dict(fit or {}), common)
        yield Entry(method, config, GRIDS.get(method, {}) if tune else {})
        if method in ABLATIONS:
            changes = ABLATIONS[method]
            words = ", ".join(f"{k}={v:g}" for k, v in changes.items())
            yield Entry(f"{method} ({words})", with_options(config, changes), {})


def _under_protocol(
    recipe: Mapping[str, Any], dataset: str, fit: dict[str, Any], common: Mapping[str, Any]
) -> RecConfig:
    if recipe["dataset"] != dataset:
        recipe = {**recipe, "published": ()}  # figures of another set
    own = RecConfig.from_dict({**recipe, "dataset": dataset})
    decay = {"weight_decay": own.fit["weight_decay"]} if "weight_decay" in own.fit else {}
    cls = recommender_class(own.method)
    shared = {k: v for k, v in common.items() if k in method_arguments(cls)}
    split = SPLIT if dataset in CATALOGUE else {**SPLIT, "protocol": "ratio"}
    loader = LOADER if cls.loader_class is TripletLoader else own.loader
    config = replace(own, split=split, loader=loader, fit={**FIT, **decay, **fit})
    return with_options(config, shared)


def with_options(config: RecConfig, changes: Mapping[str, Any]) -> RecConfig:
    r"""A run with other options of its method."""
    return replace(config, options={**config.options, **changes})


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
            runs.append(train(replace(chosen, seed=seed)))
        yield _line(entry, chosen, runs)
        train.forget()


Run = tuple[TrainedRecommender, float | None]


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
