r"""Names of methods and data sets, as users write them and as the package spells them."""

from pathlib import Path

from gcl import methods
from gcl.checks import unknown
from gcl.datasets import CATALOGUE
from gcl.registry import classes, find, same_name


def method_name(method: str) -> str:
    r"""The name of a method as it is exported, ``"GRACE"`` -> ``"grace"``."""
    _refuse_recommender(method)
    return find(method, {name: name for name in method_names()}, "method")


def method_names() -> list[str]:
    r"""The names of all methods that embed the nodes of a graph."""
    return list(_methods())


def dataset_name(dataset: str) -> str:
    r"""The name of a data set as the catalogue has it, ``"Cora"`` -> ``"cora"``; a path as it is.

    Raises:
        ValueError: for what is neither; the message lists the nearest names.
    """
    path = Path(dataset).expanduser()
    if len(path.parts) != 1 or dataset.startswith("."):
        return dataset
    names = {name: e.name for e in CATALOGUE.values() for name in (e.name, *e.aliases)}
    try:
        return find(dataset, names, "dataset")
    except ValueError as error:
        if path.exists() or path.suffix:
            return dataset
        raise ValueError(
            f"unknown dataset, and no file or folder of that name: {unknown(dataset, names)}; "
            "gcl list datasets shows all names"
        ) from error


def method_class(method: str) -> type:
    r"""The class of a method by name."""
    _refuse_recommender(method)
    return find(method, _methods(), "method")


def _refuse_recommender(method: str) -> None:
    r"""Raise ValueError for a method that needs interactions of users with items."""
    if any(
        same_name(method, name) and issubclass(c, methods.Recommender)
        for name, c in classes(methods).items()
    ):
        raise ValueError(
            f"{method} ranks items for users and does not embed the nodes of a graph: "
            "gcl train and gcl bench table rec train it"
        )


def _methods() -> dict[str, type]:
    found = classes(methods).items()
    return {n: c for n, c in found if issubclass(c, methods.Method) and c is not methods.Method}
