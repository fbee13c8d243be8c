r"""``gcl demo``: the main job on the graph that comes with the package."""

from pathlib import Path

from gcl.benchmark import Line, pool, run_suite, write_tables
from gcl.benchmark.artifacts import FILES
from gcl.benchmark.table_files import TABLES
from gcl.cli.bench_run import report
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.layers import layer
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say

TEXT = """\
Train GRACE on the built-in graph of handwritten digits and score it on three tasks, beside raw
features and its untrained encoder. Nothing is downloaded. The folder --out gets the run of seed 0
and the table; of a former demo there, these files are replaced."""


def run(words: list[str]) -> None:
    r"""Run the demo as ``words`` say."""
    flags = arguments().read(words)
    out = Path(flags.get("out") or "runs/demo")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder, got the file {out}")
    config = layer("grace", "digits").config({})
    rows = run_suite(
        [config],
        seeds=flags.get("seeds", 3),
        folder=lambda run: out if run.seed == 0 else None,
        report=say,
    )
    lines = pool(rows)
    write_tables(lines, out)
    report(lines)
    print(f"\n{verdict(lines)}")
    print(f"files in {out}: {', '.join((*FILES, *TABLES))}")


def arguments() -> Parser:
    r"""The options of ``gcl demo``."""
    parser = Parser("demo", TEXT)
    seeds = Option("seeds", int, 3, "how many trainings, 1 or more")
    out = path_option("out", "folder of the files (default: runs/demo)")
    parser.add_group("what and where", [seeds, out])
    return parser


def verdict(lines: list[Line]) -> str:
    r"""One sentence: whether GRACE beats both baselines on NMI and keeps up on accuracy."""
    nmi, accuracy = _means(lines, "clustering", "nmi"), _means(lines, "node", "accuracy")
    raw, *_, grace = nmi
    beats = all(nmi[grace] > nmi[name] for name in nmi if name != grace)
    keeps = accuracy[grace] >= accuracy[raw]
    return (
        f"GRACE {'beats' if beats else 'does NOT beat'} both baselines on clustering NMI "
        f"({100 * nmi[grace]:.1f} against at most "
        f"{100 * max(nmi[name] for name in nmi if name != grace):.1f}) and "
        f"{'does not lose' if keeps else 'LOSES'} to raw features on accuracy "
        f"({100 * accuracy[grace]:.1f} against {100 * accuracy[raw]:.1f})."
    )


def _means(lines: list[Line], task: str, metric: str) -> dict[str, float]:
    return {line.source: line.results[task][metric].mean for line in lines}
