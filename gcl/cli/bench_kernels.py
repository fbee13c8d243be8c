r"""``gcl bench kernels``: losses, memory, propagation and steps beside dense references."""

from pathlib import Path
from types import ModuleType
from typing import Any

from gcl.benchmark import kernels
from gcl.benchmark.kernels.report import as_table, columns
from gcl.checks import unknown
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table

TEXT = """\
Time the package's kernels beside dense references, both sides in one run and taking turns, and
measure peak memory in processes of their own. All of it takes about half an hour."""
Names = tuple[str, ...]


def run(words: list[str]) -> None:
    r"""Run the benchmark that ``words`` describe."""
    measure(kernels, arguments().read(words))


def measure(benchmark: ModuleType, flags: dict[str, Any]) -> None:
    r"""Run a benchmark that has ``SUITES`` and ``run``, and print its tables."""
    suites = tuple(flags.get("suites") or benchmark.SUITES)
    wrong = [name for name in suites if name not in benchmark.SUITES]
    if wrong:
        raise UsageError(f"--suites: {unknown(wrong[0], benchmark.SUITES)}")
    out = None if flags.get("out") is None else Path(flags["out"])
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}")
    content = benchmark.run(suites, out=out, report=_report)
    print(", ".join(f"{key} {value}" for key, value in content["machine"].items()))
    for name in suites:
        print(f"\n{name}")
        show_table(*as_table(content[name]))
    if out is not None:
        say(f"written: {out}")


def arguments() -> Parser:
    r"""The options of ``gcl bench kernels``."""
    return with_suites(Parser("bench kernels", TEXT), kernels, "JSON file of all records")


def with_suites(parser: Parser, benchmark: ModuleType, file: str) -> Parser:
    r"""Add what to measure of a benchmark that has ``SUITES``, and where to write it."""
    suites = Option("suites", Names, tuple(benchmark.SUITES), "what to measure")
    out = path_option("out", f"{file}; nothing is written if null")
    parser.add_group("what and where", [suites, out])
    return parser


def _report(suite: str, record: dict[str, Any]) -> None:
    shown = [f"{name} {text}" for name, text in columns(record).items()]
    say(f"{suite}: {', '.join(shown)}")
