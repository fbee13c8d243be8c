r"""Named tables: which methods, on which data sets, under which protocol."""

from dataclasses import dataclass

from gcl import recipes
from gcl.datasets import CATALOGUE


@dataclass(frozen=True)
class Suite:
    r"""A table of the documentation.

    Args:
        title: what it shows.
        datasets: names of data sets, in the order of the table.
        tasks: what is scored.
        home: data set whose recipe a method uses on data sets that it has none for.
    """

    title: str
    datasets: tuple[str, ...]
    tasks: tuple[str, ...]
    home: str


SUITES = {
    "node": Suite(
        "Methods on graphs without types: node classification, clustering, link prediction",
        (
            *("cora", "citeseer", "pubmed", "photo", "cs", "cora_ml", "blogcatalog"),
            *("chameleon_filtered", "actor", "texas", "cornell", "minesweeper"),
        ),
        ("node", "clustering", "link"),
        "cora",
    )
}


def home_recipe(method: str, dataset: str, home: str) -> str | None:
    r"""The recipe for a method on a data set, else the one for ``home``, else any of the method's.

    A method without a recipe at all gets None: its defaults.
    """
    own = [name for name in recipes.names() if recipes.read(name)["method"]["name"] == method]
    by_data = {recipes.read(name)["dataset"]: name for name in own}
    return by_data.get(dataset) or by_data.get(home) or next(iter(own), None)


def protocol_of(dataset: str) -> str:
    r"""The split of a data set that a transferred recipe is scored on: the catalogue's."""
    return "random" if CATALOGUE[dataset].split == "random" else "public"
