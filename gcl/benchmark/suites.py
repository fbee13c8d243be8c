r"""Named tables: which methods, on which data sets, under which protocol."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass

from gcl import recipes
from gcl.benchmark.config import BEST_EPOCH
from gcl.benchmark.names import method_class
from gcl.datasets import CATALOGUE


@dataclass(frozen=True)
class Suite:
    r"""A table of the documentation.

    Args:
        title: what it shows.
        datasets: names of data sets, in the order of the table.
        tasks: what is scored.
        home: data sets, the first of which that a method has a recipe for lends it to those that
            it has none for.
        methods: what is run; all methods if None.
        seeds: how many trainings of each.
    """

    title: str
    datasets: tuple[str, ...]
    tasks: tuple[str, ...]
    home: tuple[str, ...]
    methods: tuple[str, ...] | None = None
    seeds: int = 3


SUITES = {
    "node": Suite(
        "Methods on graphs without types: node classification, clustering, link prediction",
        (
            *("cora", "citeseer", "pubmed", "photo", "cs", "cora_ml", "blogcatalog"),
            *("chameleon_filtered", "actor", "texas", "cornell", "minesweeper"),
        ),
        ("node", "clustering", "link"),
        ("cora",),
    ),
    "clustering": Suite(
        "Clusters of nodes: those that methods assign themselves, else k-means on embeddings",
        (
            *("acm_sdcn", "cite_sdcn", "usps_sdcn", "photo", "usa", "europe", "brazil"),
            *("cora", "citeseer", "pubmed"),
        ),
        ("clustering", BEST_EPOCH),
        ("acm_sdcn", "cora"),
        ("auto_encoder", "sdcn", "scgc", "scgc_star", "pam_cgc", "dgi", "ccassg", "sugrl"),
        seeds=5,
    ),
}


def home_recipe(method: str, dataset: str, home: Iterable[str]) -> str | None:
    r"""The recipe for a method on a data set, else the one for ``home``, else any of the method's.

    A method without a recipe at all gets None: its defaults.
    """
    own = [name for name in recipes.names() if recipes.read(name)["method"]["name"] == method]
    by_data = {recipes.read(name)["dataset"]: name for name in own}
    found = (by_data[name] for name in (dataset, *home) if name in by_data)
    return next(found, None) or next(iter(own), None)


def num_clusters_of(method: str, dataset: str) -> dict[str, int]:
    r"""The option that tells a clustering method the classes of a data set, if it has that option.

    A method that has ``num_clusters`` for another purpose gives it a default other than None.
    """
    parameter = inspect.signature(method_class(method)).parameters.get("num_clusters")
    classes = CATALOGUE[dataset].num_classes if dataset in CATALOGUE else None
    if parameter is None or parameter.default is not None or classes is None:
        return {}
    return {"num_clusters": classes}


def protocol_of(dataset: str) -> str:
    r"""The split of a data set that a transferred recipe is scored on: the catalogue's.

    A graph of one's own has random ones.
    """
    own = dataset not in CATALOGUE
    return "random" if own or CATALOGUE[dataset].split == "random" else "public"
