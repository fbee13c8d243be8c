r"""``gcl bench scale``: seconds per epoch and peak memory on graphs of growing size."""

from pathlib import Path
from typing import Any

from gcl.benchmark import scale
from gcl.benchmark.kernels.report import as_table, columns
from gcl.checks import unknown
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table

TEXT = """\
Train one epoch on synthetic graphs of the size of OGB's sets and on real ones below GCL_DATA_ROOT,
each in a process of its own, and report seconds, the share of making batches, and peak memory. The
graph "synthetic products" at full size needs some 20 GB and is measured on request, as are two
processes beside one, a thread each."""
Names = tuple[str, ...]


def run(words: list[str]) -> None:
    r"""Run the benchmark that ``words`` describe."""
    flags = arguments().read(words)
    graphs = _chosen(flags, "graphs", scale.DEFAULT_GRAPHS, tuple(scale.GRAPHS))
    every = (*scale.TRAININGS, *scale.TWO_PROCESSES)
    trainings = _chosen(flags, "trainings", tuple(scale.TRAININGS), every)
    out = None if flags.get("out") is None else Path(flags["out"])
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}")
    content = scale.run(graphs, trainings, out=out, report=_report)
    print(", ".join(f"{key} {value}" for key, value in content["machine"].items()))
    for name in ("scale", "growth", "speed_up"):
        if content[name]:
            print(f"\n{name}")
            show_table(*as_table(content[name]))
    if out is not None:
        say(f"written: {out}")


def arguments() -> Parser:
    r"""The options of ``gcl bench scale``."""
    parser = Parser("bench scale", TEXT)
    short = tuple(map(_short, scale.DEFAULT_GRAPHS))
    graphs = Option("graphs", Names, short, f"what to train on: {_known(scale.GRAPHS)}")
    every = tuple(map(_short, scale.TRAININGS))
    text = f"methods and their batches; on request: {_known(scale.TWO_PROCESSES)}"
    trainings = Option("trainings", Names, every, text)
    out = path_option("out", "JSON file of all records; nothing is written if null")
    parser.add_group("what and where", [graphs, trainings, out])
    return parser


def _chosen(flags: dict[str, Any], name: str, default: Names, known: Names) -> Names:
    r"""Full names of the graphs or trainings given; commas and blanks cannot be typed in a list."""
    by_short = {_short(full): full for full in known}
    given = flags.get(name)
    if not given:
        return default
    wrong = [word for word in given if word not in by_short]
    if wrong:
        raise UsageError(f"--{name}: {unknown(wrong[0], by_short)}; known: {', '.join(by_short)}")
    return tuple(by_short[word] for word in given)


def _short(name: str) -> str:
    r"""``"synthetic arxiv / 4"`` -> ``synthetic_arxiv_4``."""
    return "_".join(name.replace("/", " ").replace(",", " ").split())


def _known(names: Any) -> str:
    return ", ".join(map(_short, names))


def _report(suite: str, record: dict[str, Any]) -> None:
    shown = [f"{name} {text}" for name, text in columns(record).items()]
    say(f"{suite}: {', '.join(shown)}")
