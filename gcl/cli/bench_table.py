r"""``gcl bench table NAME``: a whole table of the documentation."""

from collections.abc import Iterator
from typing import Any

from gcl.benchmark import Config
from gcl.benchmark.names import dataset_name, method_name, method_names
from gcl.benchmark.suites import SUITES, Suite, home_recipe, num_clusters_of, protocol_of
from gcl.cli.bench import Names, distinct, where_used, with_common
from gcl.cli.bench_run import bench
from gcl.cli.failures import UsageError
from gcl.cli.groups import run_options, unset
from gcl.cli.layers import layer
from gcl.cli.nearest import did_you_mean
from gcl.cli.parser import Parser
from gcl.cli.signature import Option

TEXT = """\
Run a named table: every method on every data set of it. A method without a recipe for a data set
uses its recipe for another, with the split of the data set; nothing is tuned. A long table is run
in parts: each call with --resume keeps the finished pairs in --out and runs the others."""
REC = "rec: recommenders on interactions, with options of its own (gcl bench table rec --help)"
NAMES = (*SUITES, "rec")


def run(words: list[str]) -> None:
    r"""Run the table that ``words`` name."""
    name = words[0] if words and not words[0].startswith("-") else None
    if name == "rec":
        from gcl.cli import bench_rec

        bench_rec.run(words[1:])
        return
    flags = arguments().read(words if name is None else words[1:])
    if name is None:
        raise UsageError(f"gcl bench table needs the name of a table: {', '.join(NAMES)}")
    if name not in SUITES:
        known = ", ".join(NAMES)
        raise UsageError(f"unknown table: got {name!r}{did_you_mean(name, NAMES)}; known: {known}")
    suite = SUITES[name]
    seeds = suite.seeds if flags.get("seeds") is None else flags["seeds"]
    bench(where_used(list(pairs(suite, flags))), {**flags, "seeds": seeds})


def arguments() -> Parser:
    r"""The options of ``gcl bench table``."""
    names = "; ".join(f"{name}: {suite.title}" for name, suite in SUITES.items())
    parser = Parser("bench table", TEXT, f"Tables: {names}; {REC}.", usage="NAME [OPTIONS]")
    methods = Option("methods", Names | None, None, "methods; those of the table if null")
    datasets = Option("datasets", Names | None, None, "some data sets; those of the table if null")
    seeds = Option(
        "seeds", int | None, None, "how many trainings of each; as the table says if null"
    )
    graph = unset(run_options(("root", "undirected")))
    parser.add_group("what to run", [methods, datasets, seeds, *graph])
    return with_common(parser)


def pairs(suite: Suite, flags: dict[str, Any]) -> Iterator[Config]:
    r"""The run of every method on every data set of a table."""
    methods = [
        method_name(name) for name in flags.get("methods") or suite.methods or method_names()
    ]
    datasets = [dataset_name(name) for name in flags.get("datasets") or suite.datasets]
    flags = {**flags, "evaluation": {"tasks": suite.tasks, **flags.get("evaluation", {})}}
    for dataset in distinct(datasets):
        for method in distinct(methods):
            yield _run_of(method, dataset, suite, flags)


def _run_of(method: str, dataset: str, suite: Suite, flags: dict[str, Any]) -> Config:
    recipe = home_recipe(method, dataset, suite.home)
    layers = layer(method, dataset, recipe=recipe)
    if layers.content.get("dataset") == dataset:
        return layers.config(flags)
    own = {
        "evaluation": {"protocol": protocol_of(dataset), **flags["evaluation"]},
        "method": {**num_clusters_of(method, dataset), **flags.get("method", {})},
    }
    return layers.config({**flags, **own})
