r"""``gcl bench``: methods on data sets, measured beside published."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from gcl.benchmark import Config, Line, Row, pool, run_suite, write_tables
from gcl.benchmark.config import dataset_name, method_name
from gcl.benchmark.table import cells, footnotes
from gcl.benchmark.table_files import TABLES
from gcl.benchmark.tasks import available_tasks
from gcl.cli import bench_kernels
from gcl.cli.failures import Interrupted, UsageError
from gcl.cli.graph import check_device, read_graph, reads_root
from gcl.cli.groups import (
    DEVICE,
    GRAPH,
    evaluation_options,
    fit_options,
    path_option,
    run_options,
    unset,
)
from gcl.cli.layers import layer
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table

TEXT = """\
Train every method on every data set with several seeds, and print one table: each method beside
raw features and its untrained encoder, published figures in brackets. Each pair uses its recipe
where there is one; the options below change all of them."""
EPILOG = """\
Lists are written a,b; null stands for no value.
gcl bench kernels times the losses and the propagation instead: see gcl bench kernels --help."""
Names = tuple[str, ...]


def run(words: list[str]) -> None:
    r"""Run the benchmark that ``words`` describe."""
    if words[:1] == ["kernels"]:
        bench_kernels.run(words[1:])
        return
    flags = arguments().read(words)
    configs = where_used(list(pairs(flags)))
    device = check_device(flags.get("device"))
    out = check_out(flags)
    for config in configs:  # a bad name or missing file shows now, not after hours
        check_graph(config)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):  # a folder that cannot be written to shows now, too
            pass
    report(measure(configs, flags.get("seeds", 3), device, out))
    if out is not None:
        say(f"written: {', '.join(str(out / name) for name in TABLES)}")


def measure(configs: list[Config], seeds: int, device: str | None, out: Path | None) -> list[Line]:
    r"""Run the suite; the tables in ``out`` hold every pair that is finished."""
    rows: list[Row] = []
    finished: list[Config] = []

    def keep(config: Config) -> None:
        finished.append(config)
        if out is not None:
            write_tables(pool(rows), out)

    try:
        for row in run_suite(configs, seeds=seeds, device=device, report=say, done=keep):
            rows.append(row)
    except KeyboardInterrupt as error:
        raise Interrupted(left_behind(finished, out)) from error
    return pool(rows)


def arguments() -> Parser:
    r"""The options of ``gcl bench``."""
    parser = Parser("bench", TEXT, EPILOG)
    parser.add_group(
        "what to run",
        [
            Option("methods", Names, ("grace",), "methods (gcl list methods)"),
            Option("datasets", Names, ("digits",), "names or paths of data sets"),
            Option("seeds", int, 3, "how many trainings of each, 1 or more"),
            *unset(run_options(GRAPH)),
        ],
    )
    # Recipes differ, so no default is true of all pairs.
    parser.add_group("how to score", unset(evaluation_options()), prefix="evaluation.")
    parser.add_group("how to train", unset(fit_options()), prefix="fit.")
    text = "folder for table.csv, table.json and table.md; nothing is written if null"
    parser.add_group("where", [path_option("out", text), DEVICE])
    parser.add_switches("if --out holds a table already", {"overwrite": "replace it"})
    return parser


def pairs(flags: dict[str, Any]) -> Iterator[Config]:
    r"""The run of every method on every data set, by its recipe and the flags."""
    methods = distinct([method_name(name) for name in flags.get("methods", ("grace",))])
    datasets = distinct([dataset_name(name) for name in flags.get("datasets", ("digits",))])
    for dataset in datasets:
        for method in methods:
            yield layer(method, dataset).config(flags)


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


def check_out(flags: dict[str, Any]) -> Path | None:
    r"""The folder to write to; UsageError if it is a file or holds a table already."""
    if flags.get("out") is None:
        if flags.get("overwrite"):
            raise UsageError("--overwrite would be ignored: there is no --out")
        return None
    out = Path(flags["out"])
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder, got the file {out}")
    present = [name for name in TABLES if (out / name).exists()]
    if present and not flags.get("overwrite"):
        raise UsageError(f"{out} holds {', '.join(present)}; add --overwrite to replace them")
    return out


def check_graph(config: Config) -> None:
    r"""Load the graph of a run once; UsageError for tasks that its labels do not allow."""
    possible = available_tasks(read_graph(config))
    missing = [task for task in config.evaluation.tasks or () if task not in possible]
    if missing:
        raise UsageError(
            f"--tasks {','.join(missing)}: {config.dataset} has no class label per node; "
            f"possible: {', '.join(possible)}"
        )


def report(lines: list[Line]) -> None:
    r"""Print the table and what its numbers mean."""
    show_table(*cells(lines))
    print()
    for note in footnotes(lines):
        print(note)


def left_behind(finished: list[Config], out: Path | None) -> str:
    r"""What an interrupt leaves."""
    if not finished or out is None:
        return "interrupted; nothing was written"
    names = ", ".join(f"{config.method} on {config.dataset}" for config in finished)
    return f"interrupted; {out / TABLES[0]} and its like hold what was finished: {names}"
