r"""The mini-batches of a run: a loader by name, with options that its signature allows."""

from collections.abc import Mapping
from typing import Any

from torch_geometric.data import Data

from gcl.benchmark.signatures import allowed, check_names, required
from gcl.checks import check_choice
from gcl.loaders import ClusterLoader, HardBatchLoader, NeighborLoader
from gcl.loaders.base import GraphLoader

LOADERS: dict[str, type[GraphLoader]] = {
    "clusters": ClusterLoader,
    "neighbor": NeighborLoader,
    "hard": HardBatchLoader,
}
# Set by the run itself, or not expressible in a file.
RESERVED = {"data", "generator", "input_nodes", "teacher"}
# Training in one order of the seeds would contrast the same nodes in every epoch.
DEFAULTS: dict[str, dict[str, Any]] = {"neighbor": {"shuffle": True}}


def loader_class(name: str) -> type[GraphLoader]:
    r"""The class of a loader by name."""
    return LOADERS[check_choice(name, "loader.name", LOADERS)]


def loader_arguments(name: str) -> list[str]:
    r"""The arguments of a loader that a configuration may set."""
    return allowed(loader_class(name), RESERVED)


def resolve_loader(given: Any) -> dict[str, Any]:
    r"""The name and the options of a loader, checked, with the defaults of training.

    Raises:
        TypeError: unless they are given by name.
        ValueError: for an unknown name, with the nearest; for a missing one.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"loader must hold a name and options, or be null; got {given!r}")
    if given.get("name") is None:
        raise ValueError(f"loader.name must be one of {', '.join(LOADERS)}; got {dict(given)}")
    name = given["name"]
    known = loader_arguments(name)
    check_names(given, ["name", *known], f"loader.{{}} of {name}")
    for option in required(LOADERS[name], known) + ["num_parts"] * (name == "clusters"):
        if given.get(option) is None:
            raise ValueError(f"loader.{option} must be given for the loader {name}, got None")
    return {"name": name, **DEFAULTS.get(name, {}), **given}


def make_loader(given: Mapping[str, Any], data: Data) -> GraphLoader:
    r"""The loader of a graph.

    It draws from torch's global generator, which :func:`gcl.training.fit` seeds and a resumed run
    restores.
    """
    options = {key: value for key, value in given.items() if key != "name"}
    return loader_class(given["name"])(data, **options)
