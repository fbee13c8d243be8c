r"""The lines of the table of recommenders: one protocol, baselines and ablations beside methods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gcl import recipes
from gcl.benchmark.rec_config import RecConfig, method_arguments, recommender_class
from gcl.checks import check_choice
from gcl.datasets import CATALOGUE
from gcl.functional.pairs import PRECISIONS
from gcl.loaders import TripletLoader

DATASETS = ("lastfm", "gowalla", "douban_book")
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
# What every method stands beside: LightGCN's run without training, and with other embeddings.
UNTRAINED, POPULARITY = "untrained light_gcn", "popularity"
BASELINES = (POPULARITY, UNTRAINED)
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
    r"""The lines of a table: baselines, every method on every data set, ablations beside them.

    Args:
        methods: names of recommenders.
        datasets: names of sets of interactions, or paths, whose test part is drawn.
        fit: changes of how all are trained.
        root: folder of raw data.
        tune: choose from :data:`GRIDS`; otherwise these options stay as in the recipes.
        precision: of the contrasts against all users and items; the recipes' if None.

    Raises:
        ValueError: for an unknown method or precision; the message lists the nearest ones.
    """
    common = dict(COMMON)
    if precision is not None:
        common["precision"] = check_choice(precision, "precision", PRECISIONS)
    for dataset in datasets:
        untrained = _config("light_gcn", dataset, {**(fit or {}), "epochs": 0}, root, common)
        yield from (Entry(label, replace(untrained, published=()), {}) for label in BASELINES)
        for method in methods:
            config = _config(method, dataset, fit or {}, root, common)
            yield Entry(method, config, GRIDS.get(method, {}) if tune else {})
            if method in ABLATIONS:
                changes = ABLATIONS[method]
                words = ", ".join(f"{k}={v:g}" for k, v in changes.items())
                yield Entry(f"{method} ({words})", with_options(config, changes), {})


def _config(
    method: str, dataset: str, fit: Mapping[str, Any], root: str | None, common: Mapping[str, Any]
) -> RecConfig:
    name = recipes.recipe_for(method, dataset) or recipes.recipe_for(method, "lastfm")
    return _under_protocol({**recipes.read(str(name)), "root": root}, dataset, fit, common)


def _under_protocol(
    recipe: Mapping[str, Any], dataset: str, fit: Mapping[str, Any], common: Mapping[str, Any]
) -> RecConfig:
    if recipe["dataset"] != dataset:
        recipe = {**recipe, "published": ()}  # figures of another set
    own = RecConfig.from_dict({**recipe, "dataset": dataset})
    decay = {"weight_decay": own.fit["weight_decay"]} if "weight_decay" in own.fit else {}
    cls = recommender_class(own.method)
    shared = {k: v for k, v in common.items() if k in method_arguments(cls)}
    split = SPLIT if dataset in CATALOGUE else {**SPLIT, "protocol": "ratio"}
    loader = LOADER if cls.loader_class is TripletLoader else own.loader
    config = replace(own, split=split, loader=loader, fit={**_fit(fit), **decay, **fit})
    return with_options(config, shared)


def _fit(asked: Mapping[str, Any]) -> dict[str, Any]:
    r""":data:`FIT`; a training that is shorter than its interval is validated at its end."""
    epochs = asked.get("epochs") or FIT["epochs"]
    return {**FIT, "probe_every": min(FIT["probe_every"], epochs)}


def with_options(config: RecConfig, changes: Mapping[str, Any]) -> RecConfig:
    r"""A run with other options of its method."""
    return replace(config, options={**config.options, **changes})
