r"""Recipes: the hyper-parameters of one method on one data set, with the published result.

A recipe is a YAML file ``<author><year>_<method>_<dataset>.yaml`` in this folder, with the layout
that ``gcl train --config`` reads; the file's name spells the method without underscores.
``published`` holds the figures of the literature, each with its
protocol and source; a test checks every recipe against the signatures it configures.
"""

from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from gcl.registry import find, same_name

__all__ = ["names", "read", "recipe_for"]


def names() -> list[str]:
    r"""The names of all recipes, sorted."""
    files = resources.files(__name__).iterdir()
    return sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml"))


@cache
def _content(name: str) -> dict[str, Any]:
    import yaml

    file = resources.files(__name__).joinpath(f"{name}.yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def read(name: str) -> dict[str, Any]:
    r"""The content of a recipe as plain Python values.

    Raises:
        ValueError: if there is no recipe of that name; the message lists the nearest ones.
    """
    return deepcopy(_content(find(name, {n: n for n in names()}, "recipe")))


def recipe_for(method: str, dataset: str) -> str | None:
    r"""The name of the recipe for ``method`` on ``dataset``, None if there is none.

    Methods and data sets are found ignoring case, ``-`` and ``_``.
    """
    for name in names():
        content = read(name)
        if same_name(content["method"]["name"], method) and same_name(content["dataset"], dataset):
            return name
    return None
