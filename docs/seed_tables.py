r"""The seeds of a clustering run apart: k-means on its start, its last epoch, its best epoch."""

from pathlib import Path

from gcl.benchmark import Line, read_json
from gcl.benchmark.config import BEST_EPOCH

METRICS = ("acc", "nmi")


def render(folder: Path, method: str, start: str, end: str) -> str:
    r"""One row for each seed that two results share, the best start first.

    Args:
        folder: holds the files.
        method: the method.
        start: name of the results without training.
        end: name of the results with it.
    """
    first, last = (_line(folder / f"{name}.json", method) for name in (start, end))
    seeds = [seed for seed in first.seeds if seed in last.seeds]
    rows = [[*_scores(first, "clustering", s), *_ends(last, s)] for s in seeds]
    order = sorted(range(len(seeds)), key=lambda i: -rows[i][0])
    header = ["seed", *(f"{m}, {when}" for when in ("start", "end", "best epoch") for m in METRICS)]
    lines = [header, ["---"] * len(header)]
    lines += [[str(seeds[i]), *(f"{100 * x:.1f}" for x in rows[i])] for i in order]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ends(line: Line, seed: int) -> list[float]:
    return [*_scores(line, "clustering", seed), *_scores(line, BEST_EPOCH, seed)]


def _scores(line: Line, task: str, seed: int) -> list[float]:
    raw = line.results[task].raw
    return [raw[metric][line.seeds.index(seed)] for metric in METRICS]


def _line(file: Path, method: str) -> Line:
    return next(line for line in read_json(file) if line.source == method)
