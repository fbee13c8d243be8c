r"""Run a benchmark that is spelled out: check first, keep what is finished, print the table."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from gcl.benchmark import Config, Line, Row, pool, read_json, run_suite, write_tables
from gcl.benchmark.config import BEST_EPOCH
from gcl.benchmark.finished import in_order, lines_that_stay, raw_graphs, unfinished
from gcl.benchmark.run import build
from gcl.benchmark.table import cells, footnotes
from gcl.benchmark.table_files import TABLES
from gcl.benchmark.tasks import available_tasks, impossible_tasks
from gcl.benchmark.under_way import FOLDER, UnderWay
from gcl.checks import check_int
from gcl.cli.failures import FailedError, Interrupted, UsageError
from gcl.cli.graph import check_device, read_graph
from gcl.cli.terminal import say, show_table
from gcl.training.fit import check_options


def bench(configs: list[Config], flags: dict[str, Any]) -> None:
    r"""Run ``configs`` and print their table; with ``--resume`` only what it lacks."""
    device, seeds = check_device(flags.get("device")), flags.get("seeds", 3)
    check_int(seeds, "seeds", minimum=1)
    out = check_out(flags)
    stored = stored_lines(out, flags)
    due = unfinished(configs, stored, seeds)
    kept = lines_that_stay(stored, due, configs, seeds=seeds)
    for config in due:  # a bad name or missing file shows now, not after hours
        check_graph(config)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):  # a folder that cannot be written to shows now, too
            pass
    under_way = UnderWay(out)
    if not flags.get("resume"):
        under_way.clear()
    report(measure(configs, due, kept, seeds, device, out))
    if out is not None:
        say(f"written: {', '.join(str(out / name) for name in TABLES)}")


def measure(
    configs: list[Config],
    due: list[Config],
    kept: list[Line],
    seeds: int,
    device: str | None,
    out: Path | None,
) -> list[Line]:
    r"""Run what is due; the tables in ``out`` hold what is kept and every pair that is finished.

    Trainings of a pair are kept in ``out`` until it is finished.
    """
    rows: list[Row] = []
    finished: list[Config] = []
    under_way = UnderWay(out)

    def keep(config: Config) -> None:
        finished.append(config)
        if out is not None:
            write_tables(in_order([*kept, *pool(rows)], configs), out)
        under_way.forget(replace(config, seed=seed) for seed in range(seeds))

    raw = raw_graphs(kept)
    try:
        for row in run_suite(
            due,
            seeds=seeds,
            device=device,
            folder=under_way.folder,
            resume=True,
            report=say,
            done=keep,
            raw_done=raw,
        ):
            rows.append(row)
    except KeyboardInterrupt as error:
        raise Interrupted(left_behind(finished, under_way.count, out)) from error
    return in_order([*kept, *pool(rows)], configs)


def stored_lines(out: Path | None, flags: dict[str, Any]) -> list[Line]:
    r"""The lines of the table in ``out`` if ``--resume`` asks to go on with it."""
    if not flags.get("resume"):
        return []
    if out is None:
        raise UsageError("--resume would be ignored: there is no --out")
    path = out / "table.json"
    try:
        return read_json(path) if path.exists() else []
    except ValueError as error:
        raise FailedError(str(error)) from error


def check_out(flags: dict[str, Any]) -> Path | None:
    r"""The folder to write to; UsageError if it is a file or holds a table already."""
    if flags.get("out") is None:
        for name in ("overwrite", "resume"):
            if flags.get(name):
                raise UsageError(f"--{name} would be ignored: there is no --out")
        return None
    out = Path(flags["out"])
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder, got the file {out}")
    if flags.get("overwrite") and flags.get("resume"):
        raise UsageError("give either --overwrite or --resume, and not both")
    present = [name for name in (*TABLES, FOLDER) if (out / name).exists()]
    if present and not (flags.get("overwrite") or flags.get("resume")):
        raise UsageError(
            f"{out} holds {', '.join(present)}; add --overwrite to replace them, or --resume"
        )
    return out


def check_graph(config: Config) -> None:
    r"""Load the graph of a run once and build its method; UsageError for what would fail later."""
    data = read_graph(config)
    possible, missing = available_tasks(data), impossible_tasks(data, config.evaluation.tasks)
    if missing:
        raise UsageError(
            f"--tasks {','.join(missing)}: {config.dataset} has no class label per node; "
            f"possible: {', '.join(possible)}"
        )
    try:
        method = build(config, data.num_features)
        check_options(method, **config.fit)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{config.label} on {config.dataset}: {error}") from error
    if config.evaluation.tasks == (BEST_EPOCH,) and not callable(getattr(method, "assign", None)):
        raise UsageError(f"--tasks {BEST_EPOCH}: {config.label} assigns no clusters of its own")


def report(lines: list[Line]) -> None:
    r"""Print the table and what its numbers mean."""
    show_table(*cells(lines))
    print()
    for note in footnotes(lines):
        print(note)


def left_behind(finished: list[Config], under_way: int, out: Path | None) -> str:
    r"""What an interrupt leaves."""
    if out is None or not (finished or under_way):
        return "interrupted; nothing was written"
    parts = ["interrupted"]
    if finished:
        names = ", ".join(f"{config.label} on {config.dataset}" for config in finished)
        parts.append(f"{out / TABLES[0]} and its like hold what was finished: {names}")
    if under_way:
        what = "training" if under_way == 1 else f"{under_way} trainings"
        parts.append(f"--resume goes on with the {what} in {out / FOLDER}")
    return "; ".join(parts)
