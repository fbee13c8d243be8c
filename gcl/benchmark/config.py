r"""What one run is: a method with its options, a data set, how to train, how to evaluate.

The signatures of the method, of its loader, of :func:`gcl.training.fit` and of :class:`Evaluation`
are the single source of what can be configured; files and flags are checked against them.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gcl import recipes
from gcl.benchmark.mini_batches import resolve_loader
from gcl.benchmark.names import dataset_name, method_class, method_name
from gcl.benchmark.signatures import allowed, check_names, plain
from gcl.checks import check_choice, check_int, describe
from gcl.loaders import PROTOCOLS
from gcl.regularizers import POT
from gcl.training.memory_size import parse_memory

TASKS = ("node", "clustering", "link")
BEST_EPOCH = "best_epoch"  # scores chosen on labels: only ever shown where asked for, and as such
FIT_DEFAULTS = {"epochs": 200, "lr": 5e-4}
# Set by the run itself, or not expressible in a file.
RESERVED_FIT = {"method", "data", "seed", "out", "resume", "config", "probe", "probe_every"}
RESERVED_FIT |= {"log", "log_every"}
RESERVED_FIT |= {"monitor", "progress", "device", "checkpoint_every"}
RESERVED_METHOD = {"in_channels", "augmenters", "pot"}


@dataclass(frozen=True)
class Evaluation:
    r"""How embeddings are scored.

    Args:
        tasks: any of "node", "clustering", "link"; all that the graph has labels for if None. Also
            "best_epoch": the best of all epochs, chosen on labels, of clusters that a method
            assigns itself.
        protocol: split of the nodes, see :func:`gcl.loaders.node_splits`.
        num_splits: how many splits; 20 random ones or all stored ones if None.
        kmeans_runs: k-means runs with different seeds.
        kmeans_normalize: "l2" clusters rows of length 1; null the embeddings as they are.
        decoder: link scores: "dot", "cosine" or "logistic".
    """

    tasks: tuple[str, ...] | None = None
    protocol: str = "random"
    num_splits: int | None = None
    kmeans_runs: int = 10
    kmeans_normalize: str | None = None
    decoder: str = "dot"

    def __post_init__(self) -> None:
        for task in self.tasks or ():
            check_choice(task, "tasks", (*TASKS, BEST_EPOCH))
        check_choice(self.protocol, "protocol", PROTOCOLS)
        check_choice(self.decoder, "decoder", ("dot", "cosine", "logistic"))
        check_int(self.kmeans_runs, "kmeans_runs", minimum=1)
        if self.kmeans_normalize is not None:
            check_choice(self.kmeans_normalize, "kmeans_normalize", ("l2",))


@dataclass(frozen=True)
class Config:
    r"""A run, resolved: every value is checked against the signature it configures.

    Args:
        method: name of the method.
        dataset: name of the data set, or path of a graph.
        options: arguments of the method.
        pot: arguments of :class:`gcl.regularizers.POT`, which then joins the loss; none if None.
        root: folder of raw data; see :func:`gcl.datasets.load`.
        normalize_features: scale every row of the features to sum 1 (PyG's ``NormalizeFeatures``).
        undirected: add the other direction of every edge (PyG's ``ToUndirected``).
        features: of a graph of one's own: node attributes to use, or one of "degree", "constant"
            and "identity".
        labels: of a GraphML file: the node attribute with the class.
        directed: of a graph of one's own: whether an edge stands for one direction.
        mmap: of a folder with ``features.npy``: leave the features in the file.
        loader: mini-batches to train on: ``name``, one of "clusters", "neighbor" and "hard", beside
            arguments of :class:`~gcl.loaders.ClusterLoader`, :class:`~gcl.loaders.NeighborLoader`
            or :class:`~gcl.loaders.HardBatchLoader`; the whole graph if None.
        memory_budget: what the process may take of the memory, such as "4GB" or "512MiB": sets the
            loader's batch size, unless it is given, and the sizes of blocks (see
            :class:`gcl.training.MemoryBudget`).
        fit: arguments of :func:`gcl.training.fit`.
        evaluation: how embeddings are scored.
        seed: seed of the weights and of training.
        published: figures of the literature, from a recipe.

    Raises:
        ValueError: for unknown names, each with the nearest alternatives, and for a method that
            would ignore ``pot``.
    """

    method: str = "grace"
    dataset: str = "digits"
    options: Mapping[str, Any] = field(default_factory=dict)
    pot: Mapping[str, Any] | None = None
    root: str | None = None
    normalize_features: bool = False
    undirected: bool = False
    features: tuple[str, ...] | None = None
    labels: str | None = None
    directed: bool | None = None
    mmap: bool | None = None
    loader: Mapping[str, Any] | None = None
    memory_budget: str | None = None
    fit: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Evaluation = Evaluation()
    seed: int = 0
    published: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        check_int(self.seed, "seed")
        cls = method_class(self.method)
        check_names(self.options, allowed(cls, RESERVED_METHOD), f"method.{{}} of {self.method}")
        check_names(self.fit, allowed(fit_function(), RESERVED_FIT), "fit.{}")
        if self.pot is not None:
            check_pot(self.pot, cls)
        if self.mmap and self.normalize_features:
            raise ValueError(
                "normalize_features would read all features into memory, which mmap=True leaves in "
                "their file: scale the rows of the file itself"
            )
        if self.loader is not None:
            object.__setattr__(self, "loader", resolve_loader(self.loader))
        if self.memory_budget is not None:
            parse_memory(self.memory_budget)
        object.__setattr__(self, "fit", {**FIT_DEFAULTS, **self.fit})

    @property
    def label(self) -> str:
        r"""What trains, as tables name it: the method, its regulariser, and if in mini-batches."""
        text = self.method
        if self.pot is not None:
            mode = self.pot.get("mode", "exact")
            text += " + pot" + ("" if mode == "exact" else f" ({mode})")
        return text if self.loader is None else f"{text} (mini-batches)"

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Config":
        r"""Build a run from the layout of recipes and ``--config`` files."""
        if not isinstance(content, Mapping):
            raise TypeError(f"a configuration must be a mapping, got {describe(content)}")
        content = dict(content)
        method = content.pop("method", {})
        method = {"name": method} if isinstance(method, str) else dict(method)
        name = method.pop("name", cls.method)
        evaluation = dict(content.pop("evaluation", {}))
        check_names(evaluation, [f.name for f in fields(Evaluation)], "evaluation.{}")
        if evaluation.get("tasks") is not None:
            evaluation["tasks"] = tuple(evaluation["tasks"])
        known = [f.name for f in fields(cls) if f.name not in ("method", "options", "evaluation")]
        check_names(content, known, "{}")
        if content.get("features") is not None:
            names = content["features"]
            content["features"] = (names,) if isinstance(names, str) else tuple(names)
        content["published"] = tuple(content.get("published") or ())
        return cls(name, options=method, evaluation=Evaluation(**evaluation), **content)

    @property
    def graph(self) -> tuple[object, ...]:
        r"""All that says which graph, with which features and labels, the run works on."""
        own = (self.features, self.labels, self.directed)
        return self.dataset, self.root, self.normalize_features, self.undirected, *own

    def to_dict(self) -> dict[str, Any]:
        r"""The layout of recipes and ``--config`` files, in plain Python values."""
        evaluation = {f.name: getattr(self.evaluation, f.name) for f in fields(Evaluation)}
        evaluation["tasks"] = evaluation["tasks"] and list(evaluation["tasks"])
        return {
            "method": {"name": self.method, **plain(self.options)},
            "pot": None if self.pot is None else plain(self.pot),
            "dataset": self.dataset,
            "root": self.root,
            "normalize_features": self.normalize_features,
            "undirected": self.undirected,
            "features": self.features and list(self.features),
            "labels": self.labels,
            "directed": self.directed,
            "mmap": self.mmap,
            "loader": None if self.loader is None else plain(self.loader),
            "memory_budget": self.memory_budget,
            "fit": plain(self.fit),
            "evaluation": evaluation,
            "seed": self.seed,
            "published": [dict(p) for p in self.published],
        }


def for_pair(method: str, dataset: str, **changes: Any) -> Config:
    r"""The run of a method on a data set: its recipe if there is one, else the defaults."""
    method, dataset = method_name(method), dataset_name(dataset)
    name = recipes.recipe_for(method, dataset)
    content = {"method": method, "dataset": dataset}
    config = Config.from_dict(content if name is None else recipes.read(name))
    return replace(config, **changes)


def fit_function() -> Callable[..., Any]:
    r"""The training loop whose signature says what ``fit`` may hold."""
    from gcl.training import fit

    return fit


def check_pot(given: Any, cls: type) -> None:
    r"""Raise unless ``given`` holds arguments of POT by name, and the method ``cls`` takes it."""
    if not isinstance(given, Mapping):
        raise TypeError(f"pot must hold the arguments of POT by name, or be null; got {given!r}")
    if "pot" not in inspect.signature(cls).parameters:
        raise ValueError(f"pot would be ignored: {cls.__name__} takes no regulariser, got {given}")
    check_names(given, allowed(POT, set()), "pot.{}")
