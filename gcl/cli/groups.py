r"""Groups of options that several commands share, each derived from what it configures."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from gcl.benchmark import Config, Evaluation
from gcl.benchmark.config import FIT_DEFAULTS, RESERVED_FIT, RESERVED_METHOD, fit_function
from gcl.benchmark.names import method_class
from gcl.benchmark.signatures import allowed
from gcl.cli.loader_options import loader_options, own_options
from gcl.cli.parser import Parser
from gcl.cli.signature import Option, defaults, options
from gcl.regularizers import POT

OWN = ("features", "labels", "directed", "mmap")
GRAPH = ("root", "normalize_features", "undirected", *OWN)
BUDGET = "memory_budget"
EVALUATION = ("tasks", "protocol", "num_splits", "kmeans_runs", "kmeans_normalize", "decoder")
POT_TITLE = "regulariser POT of node compactness; it joins the loss if one of these is given"
DEVICE = Option("device", str | None, None, "where to train, such as cuda; the CPU if null")
CHECKPOINT_EVERY = Option(
    "checkpoint_every", int | None, None, "write the checkpoint after so many epochs; 50 if null"
)


def path_option(name: str, text: str) -> Option:
    r"""An option that takes a path."""
    return Option(name, str | None, None, text, "PATH")


def method_options(method: str) -> list[Option]:
    r"""The options of a method, from its class."""
    cls = method_class(method)
    return options(cls, allowed(cls, RESERVED_METHOD))


def pot_options() -> list[Option]:
    r"""The options of :class:`gcl.regularizers.POT`."""
    return options(POT, allowed(POT, set()))


def fit_options() -> list[Option]:
    r"""The options of training, from :func:`gcl.training.fit`."""
    found = options(fit_function(), allowed(fit_function(), RESERVED_FIT))
    return with_defaults(found, FIT_DEFAULTS)


def evaluation_options(names: Collection[str] = EVALUATION) -> list[Option]:
    r"""Options of :class:`gcl.benchmark.Evaluation`."""
    return options(Evaluation, names)


def run_options(names: Collection[str]) -> list[Option]:
    r"""Options of :class:`gcl.benchmark.Config` itself."""
    return [
        replace(option, metavar="PATH") if option.name == "root" else option
        for option in options(Config, names)
    ]


def with_defaults(found: Collection[Option], values: Mapping[str, Any]) -> list[Option]:
    r"""The options with some defaults replaced."""
    return [replace(option, default=values.get(option.name, option.default)) for option in found]


def unset(found: Collection[Option]) -> list[Option]:
    r"""The options without defaults, for a command that takes those from somewhere else."""
    return [replace(option, default=None) for option in found]


def schema(method: str, loader: str | None = None) -> Parser:
    r"""All that a recipe or a ``--config`` file may hold for ``method`` and a loader."""
    parser = Parser("config", "")
    parser.add_group("run", run_options(("dataset", *GRAPH, BUDGET, "seed")))
    name = Option("name", str, method, "")
    parser.add_group("method", [name, *method_options(method)], prefix="method.")
    parser.add_group("pot", pot_options(), prefix="pot.")
    parser.add_group("loader", loader_options(loader), prefix="loader.")
    parser.add_group("fit", fit_options(), prefix="fit.")
    parser.add_group("evaluation", evaluation_options(), prefix="evaluation.")
    return parser


def complete(content: Mapping[str, Any], method: str) -> dict[str, Any]:
    r"""``content`` with every option of ``method`` and of training, so that it says all."""
    pot, loader = content.get("pot"), content.get("loader")
    return {
        **content,
        "pot": None if pot is None else {**defaults(pot_options()), **pot},
        "loader": None if loader is None else _complete_loader(loader, content),
        "method": {**defaults(method_options(method)), **content.get("method", {})},
        "fit": {**defaults(fit_options()), **content.get("fit", {})},
    }


def _complete_loader(loader: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    r"""Every option of a loader; a memory budget chooses the batch size that is not given."""
    full = {**defaults(own_options(loader["name"])), **loader}
    if content.get("memory_budget") is not None:
        full["batch_size"] = loader.get("batch_size")
    return full
