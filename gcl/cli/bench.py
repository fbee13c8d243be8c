r"""``gcl bench``: methods on data sets, measured beside published."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gcl.benchmark import Config
from gcl.benchmark.names import dataset_name, method_name
from gcl.cli import bench_kernels, bench_pamc
from gcl.cli.bench_run import bench
from gcl.cli.failures import UsageError
from gcl.cli.graph import reads_root
from gcl.cli.groups import (
    BUDGET,
    DEVICE,
    GRAPH,
    POT_TITLE,
    evaluation_options,
    fit_options,
    path_option,
    pot_options,
    run_options,
    unset,
)
from gcl.cli.layers import layer, read_file
from gcl.cli.loader_options import add_loader_options
from gcl.cli.parser import Parser
from gcl.cli.signature import Option

TEXT = """\
Train every method on every data set with several seeds, and print one table: each method beside
raw features and its untrained encoder, published figures in brackets. Each pair uses its recipe
where there is one; the options below change all of them."""
EPILOG = """\
Lists are written a,b; null stands for no value.
gcl bench table NAME runs a whole table of the documentation, gcl bench kernels times the losses and
the propagation, gcl bench pamc the contrast of meta-nodes, gcl bench scale trains on large graphs:
see the help of each, such as gcl bench table --help."""
Names = tuple[str, ...]
SEEDS = Option("seeds", int, 3, "how many trainings of each, 1 or more")


def run(words: list[str]) -> None:
    r"""Run the benchmark that ``words`` describe."""
    if words[:1] == ["kernels"]:
        bench_kernels.run(words[1:])
    elif words[:1] == ["pamc"]:
        bench_pamc.run(words[1:])
    elif words[:1] == ["table"]:
        from gcl.cli import bench_table

        bench_table.run(words[1:])
    elif words[:1] == ["scale"]:
        from gcl.cli import bench_scale

        bench_scale.run(words[1:])
    else:
        flags = arguments().read(words)
        bench(where_used(list(pairs(flags))), flags)


def arguments() -> Parser:
    r"""The options of ``gcl bench``."""
    parser = Parser("bench", TEXT, EPILOG)
    parser.add_group(
        "what to run",
        [
            Option("methods", Names, ("grace",), "methods (gcl list methods)"),
            Option("datasets", Names, ("digits",), "names or paths of data sets"),
            SEEDS,
            *unset(run_options(GRAPH)),
            path_option("config", "a YAML file with the layout of recipes, above each recipe"),
        ],
    )
    return with_common(parser)


def with_common(parser: Parser) -> Parser:
    r"""Add what all tables can change: scoring, training, where to write."""
    # Recipes differ, so no default is true of all pairs.
    parser.add_group("how to score", unset(evaluation_options()), prefix="evaluation.")
    parser.add_group("how to train", unset(fit_options()), prefix="fit.")
    parser.add_group(POT_TITLE, unset(pot_options()), prefix="pot.")
    add_loader_options(parser, None, {})
    text = "folder for table.csv, table.json and table.md; nothing is written if null"
    budget = unset(run_options((BUDGET,)))
    parser.add_group("where", [path_option("out", text), DEVICE, *budget])
    resume = "keep its finished pairs, go on with trainings that were interrupted, run the others"
    switches = {"overwrite": "replace it", "resume": resume}
    parser.add_switches("if --out holds a table already", switches)
    return parser


def pairs(flags: dict[str, Any]) -> Iterator[Config]:
    r"""The run of every method on every data set, by its recipe, --config and the flags."""
    methods = distinct([method_name(name) for name in flags.get("methods", ("grace",))])
    datasets = distinct([dataset_name(name) for name in flags.get("datasets", ("digits",))])
    check_file(flags.get("config"), methods, datasets)
    for dataset in datasets:
        for method in methods:
            yield layer(method, dataset, file=flags.get("config")).config(flags)


def check_file(path: str | None, methods: list[str], datasets: list[str]) -> None:
    r"""UsageError if a ``--config`` file is for another method or data set than those listed."""
    content = {} if path is None else read_file(path)
    told = {"methods": content.get("method", {}).get("name"), "datasets": content.get("dataset")}
    for (flag, name), of, listed in zip(
        told.items(), (method_name, dataset_name), (methods, datasets), strict=True
    ):
        if name is not None and listed != [of(name)]:
            raise UsageError(f"--config: {path} is for {name}, but --{flag} is {','.join(listed)}")


def where_used(configs: list[Config]) -> list[Config]:
    r"""The runs, without ``root`` where it says nothing, if it does for one of them."""
    if not any(reads_root(config) for config in configs):
        return configs
    return [config if reads_root(config) else replace(config, root=None) for config in configs]


def distinct(names: list[str]) -> list[str]:
    r"""``names``; UsageError if there is none, or one of them twice."""
    if not names:
        raise UsageError("--methods and --datasets must name at least one each")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UsageError(f"named twice: {', '.join(sorted(twice))}")
    return names
