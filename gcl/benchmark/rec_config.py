r"""What one run of a recommender is: a method, interactions, their split, how to train and choose.

As with :class:`gcl.benchmark.Config`, the signatures are the single source of what can be set.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gcl import methods
from gcl.benchmark.config import RESERVED_FIT
from gcl.benchmark.names import dataset_name
from gcl.benchmark.signatures import allowed, check_names, plain
from gcl.checks import check_int, describe
from gcl.datasets import read_interactions
from gcl.evaluation import RankingProbe
from gcl.loaders import TripletLoader, UserLoader, ranking_split
from gcl.methods import Recommender
from gcl.registry import classes, find
from gcl.training import fit

# One step of Adam for each batch of 2,048 interactions.
DEFAULTS: dict[str, dict[str, Any]] = {
    "split": {"protocol": "given", "val": 0.1, "test": 0.1, "seed": 0},
    "loader": {"batch_size": 2048},
    "fit": {"epochs": 100, "lr": 1e-3},
    "probe": {"metric": "recall", "k": 20},
}
GROUPS: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "columns": (read_interactions, {"path"}),
    "split": (ranking_split, {"data"}),
    "loader": (TripletLoader, {"data", "generator"}),
    "fit": (fit, RESERVED_FIT - {"probe_every"}),
    "probe": (RankingProbe, {"split"}),
}
USERS = {"batch_size": 256}  # of a loader of users, likewise


def group_of(
    cls: type[Recommender], name: str
) -> tuple[Callable[..., Any], list[str], Mapping[str, Any]]:
    r"""What the values of a group are arguments of, those that may be set, and defaults.

    The loader is the one that the method is made for.
    """
    function, reserved = GROUPS[name]
    defaults = DEFAULTS.get(name, {})
    if name == "loader" and cls.loader_class is UserLoader:
        function, defaults = UserLoader, USERS
    return function, allowed(function, reserved), defaults


@dataclass(frozen=True)
class RecConfig:
    r"""A run of a recommender, resolved.

    Args:
        method: name of the method.
        dataset: name of a set of interactions in the catalogue, or a path that
            :func:`gcl.datasets.read_interactions` reads.
        options: arguments of the method.
        root: folder of raw data, for a set of the catalogue.
        columns: arguments of :func:`gcl.datasets.read_interactions`, for a path.
        split: arguments of :func:`gcl.loaders.ranking_split`. A share ``val`` of 0 trains for all
            epochs; with any other the best epoch on the validation part is kept.
        loader: arguments of the loader that the method is made for, its ``loader_class``:
            :class:`gcl.loaders.TripletLoader` or :class:`gcl.loaders.UserLoader`.
        fit: arguments of :func:`gcl.training.fit`.
        probe: arguments of :class:`gcl.evaluation.RankingProbe`, the validation score.
        seed: seed of the tables, of the triplets and of training.
        published: figures of the literature, from a recipe.

    Raises:
        ValueError: for unknown names, each with the nearest alternatives.
    """

    method: str = "light_gcn"
    dataset: str = "lastfm"
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    split: Mapping[str, Any] = field(default_factory=dict)
    loader: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    probe: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    published: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        check_int(self.seed, "seed")
        cls = recommender_class(self.method)
        check_names(self.options, method_arguments(cls), f"method.{{}} of {self.method}")
        for group in GROUPS:
            given, (_, known, defaults) = getattr(self, group), group_of(cls, group)
            check_names(given, known, f"{group}.{{}}")
            object.__setattr__(self, group, {**defaults, **given})
        every = self.fit.get("probe_every")
        if every is not None and self.split["val"] == 0:
            raise ValueError(
                f"fit.probe_every={every} would be ignored: split.val=0 leaves nothing to validate "
                "on; set it to null, and fit.patience too unless the training loss should decide"
            )

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RecConfig":
        r"""Build a run from the layout of recipes and ``--config`` files."""
        if not isinstance(content, Mapping):
            raise TypeError(f"a configuration must be a mapping, got {describe(content)}")
        content = dict(content)
        method = content.pop("method", {})
        method = {"name": method} if isinstance(method, str) else dict(method)
        name = recommender_name(method.pop("name", cls.method))
        check_names(content, [f.name for f in fields(cls)], "{}")
        content["dataset"] = dataset_name(content.get("dataset", cls.dataset))
        content["published"] = tuple(content.get("published") or ())
        return cls(name, options=method, **content)

    def to_dict(self) -> dict[str, Any]:
        r"""The layout of recipes and ``--config`` files, in plain Python values."""
        return {
            "method": {"name": self.method, **plain(self.options)},
            "dataset": self.dataset,
            "root": self.root,
            **{group: plain(getattr(self, group)) for group in GROUPS},
            "seed": self.seed,
            "published": [dict(figure) for figure in self.published],
        }


def recommenders() -> dict[str, type[Recommender]]:
    r"""The methods that rank items for users, by name."""
    return {
        name: cls
        for name, cls in classes(methods).items()
        if issubclass(cls, Recommender) and cls is not Recommender
    }


def recommender_class(method: str) -> type[Recommender]:
    r"""The class of a recommender by name."""
    return find(method, recommenders(), "recommender")


def recommender_name(method: str) -> str:
    r"""The name of a recommender as it is exported, ``"LightGCN"`` -> ``"light_gcn"``."""
    return find(method, {name: name for name in recommenders()}, "recommender")


def method_arguments(cls: type) -> list[str]:
    r"""The arguments of a recommender that a configuration may set."""
    return [
        name for name in inspect.signature(cls).parameters if name not in ("num_users", "num_items")
    ]
