r"""``gcl bench table rec``: all recommenders under one protocol."""

from pathlib import Path
from typing import Any

from gcl.benchmark.names import dataset_name
from gcl.benchmark.ranking_plots import plot_rec_groups
from gcl.benchmark.rec_config import GROUPS, recommender_name, recommenders
from gcl.benchmark.rec_entries import DATASETS, FIT, Entry, entries
from gcl.benchmark.rec_suite import run_rec_suite
from gcl.benchmark.rec_table import (
    REC_TABLES,
    RecLine,
    read_rec_json,
    rec_cells,
    rec_groups,
    rec_notes,
    write_rec_tables,
)
from gcl.benchmark.signatures import allowed
from gcl.benchmark.under_way import FOLDER, UnderWay
from gcl.cli.bench import Names, distinct
from gcl.cli.failures import FailedError, Interrupted, UsageError
from gcl.cli.graph import check_device
from gcl.cli.groups import DEVICE, path_option, unset
from gcl.cli.parser import Parser
from gcl.cli.rec_graph import read_interactions_of
from gcl.cli.signature import Option, options
from gcl.cli.terminal import say, show_table

TEXT = """\
Train recommenders under one protocol and print one table: same width, layers, batches of triplets
and learning rate; training stops by Recall@20 on a tenth of each user's training interactions, by
which the strength of each method's own term is chosen too; the test part is scored once for each
seed. The popularity of items, LightGCN before training and an ablation of LightGCL stand beside
them. --out also gets the scores of groups of users and items. Published figures are shown with
their split."""
SHOWN = ", ".join(f"{name} {value:g}" for name, value in FIT.items())
EPILOG = f"Trained with {SHOWN} unless an option of how to train says otherwise."
RESUME = "keep its finished lines, go on with trainings that were interrupted, run the others"
TUNE = Option("tune", bool, True, "choose on validation; with false recipes keep those options")
PRECISION = Option(
    "precision", str, None, 'of contrasts against all users and items: "highest" or "bf16"'
)

ENTRY_OPTIONS = ("fit", "root", "tune", "precision")


def run(words: list[str]) -> None:
    r"""Run the table that ``words`` describe."""
    flags = arguments().read(words)
    device, out = check_device(flags.get("device")), _check_out(flags)
    kept = _stored(out, flags)
    seeds = flags.get("seeds", 3)
    wanted = list(_entries(flags))
    due = [entry for entry in wanted if not any(_holds(line, entry, seeds) for line in kept)]
    for config in {entry.config.dataset: entry.config for entry in due}.values():
        read_interactions_of(config)  # a missing file shows now, not after hours
    names = {(entry.config.dataset, entry.label) for entry in due}
    kept = [line for line in kept if (line.config.dataset, line.label) not in names]
    done: list[RecLine] = []
    under_way = UnderWay(out)
    if not flags.get("resume"):
        under_way.clear()
    if not due:
        _write(kept, wanted, out)  # a plot or a table may be missing
    try:
        for line in run_rec_suite(due, seeds=seeds, device=device, under_way=under_way, report=say):
            done.append(line)
            _write([*kept, *done], wanted, out)
    except KeyboardInterrupt as error:
        kept_in = (
            "nothing was written" if out is None else f"--resume goes on with what {out} holds"
        )
        raise Interrupted(f"interrupted; {kept_in}") from error
    report(_in_order([*kept, *done], wanted))


def arguments() -> Parser:
    r"""The options of ``gcl bench table rec``."""
    parser = Parser("bench table rec", TEXT, EPILOG)
    parser.add_group(
        "what to run",
        [
            Option("methods", Names, tuple(recommenders()), "recommenders"),
            Option("datasets", Names, DATASETS, "sets of interactions of the catalogue"),
            Option("seeds", int, 3, "how many trainings of each, 1 or more"),
            TUNE,
            PRECISION,
            path_option("root", "folder of raw data"),
        ],
    )
    function, reserved = GROUPS["fit"]
    found = unset(options(function, allowed(function, reserved)))
    parser.add_group("how to train", found, prefix="fit.")
    text = f"folder for {', '.join(REC_TABLES)} and plots; nothing is written if null"
    parser.add_group("where", [path_option("out", text), DEVICE])
    switches = {"overwrite": "replace it", "resume": RESUME}
    parser.add_switches("if --out holds a table already", switches)
    return parser


def report(lines: list[RecLine]) -> None:
    r"""Print the table and what its numbers mean."""
    show_table(*rec_cells(lines))
    print()
    for note in rec_notes(lines):
        print(note)


def _entries(flags: dict[str, Any]) -> list[Entry]:
    methods = [recommender_name(name) for name in flags.get("methods") or recommenders()]
    datasets = [dataset_name(name) for name in flags.get("datasets") or DATASETS]
    given = {name: flags[name] for name in ENTRY_OPTIONS if name in flags}
    return list(entries(distinct(methods), distinct(datasets), **given))


def _check_out(flags: dict[str, Any]) -> Path | None:
    r"""The folder to write to; UsageError if it holds a table and nothing says what to do."""
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
    present = [name for name in (*REC_TABLES, FOLDER) if (out / name).exists()]
    if present and not (flags.get("overwrite") or flags.get("resume")):
        raise UsageError(f"{out} holds {', '.join(present)}; add --overwrite or --resume")
    return out


def _stored(out: Path | None, flags: dict[str, Any]) -> list[RecLine]:
    if out is None or not flags.get("resume") or not (out / REC_TABLES[0]).exists():
        return []
    try:
        return read_rec_json(out / REC_TABLES[0])
    except ValueError as error:
        raise FailedError(str(error)) from error


def _holds(line: RecLine, entry: Entry, seeds: int) -> bool:
    r"""Whether a line is that of an entry: same run but for what was chosen, same seeds."""
    free = dict.fromkeys(entry.candidates)
    ours, theirs = line.config.to_dict(), entry.config.to_dict()
    for content in (ours, theirs):
        content["method"] = {**content["method"], **free}
        content["root"] = content["published"] = None
        content["seed"] = 0
    same = ours == theirs and set(line.chosen) == set(entry.candidates)
    return line.label == entry.label and same and len(line.epochs) == seeds


def _write(lines: list[RecLine], wanted: list[Entry], out: Path | None) -> None:
    r"""Write tables and plots of what there is, if there is a folder for them."""
    if out is not None and lines:
        lines = _in_order(lines, wanted)
        write_rec_tables(lines, out)
        plot_rec_groups(rec_groups(lines), out)


def _in_order(lines: list[RecLine], wanted: list[Entry]) -> list[RecLine]:
    places = {(e.config.dataset, e.label): i for i, e in enumerate(wanted)}
    return sorted(lines, key=lambda n: places.get((n.config.dataset, n.label), len(places)))
