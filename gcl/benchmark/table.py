r"""Tables of a benchmark: measured beside published, as text cells and as records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gcl.benchmark.config import BEST_EPOCH, Config, Evaluation
from gcl.benchmark.suite import Row
from gcl.evaluation import Result, Score

COLUMNS = {
    "node": ("accuracy", "macro_f1", "roc_auc"),
    "clustering": ("acc", "nmi", "ari", "macro_f1", "modularity"),
    BEST_EPOCH: ("acc", "nmi", "ari", "macro_f1"),
    "link": ("auc", "ap"),
}
BESIDE_OTHERS = ("acc", "nmi", "ari")  # of clustering, in a table that shows other tasks too
COSTS = ("seconds", "peak MiB")


@dataclass(frozen=True)
class Line:
    r"""One line of a table: a source of embeddings on a data set, pooled over seeds.

    Args:
        config: the run, with the seed of its first training.
        source: what made the embeddings.
        seconds: training and embedding time per seed, link prediction's own training included.
        results: by task, all values over seeds and splits.
        seeds: the training seeds behind the line.
        peak_mib: largest resident size of the process, in MiB, while it trained and embedded;
            None if unknown.
    """

    config: Config
    source: str
    seconds: Score
    results: Mapping[str, Result]
    seeds: tuple[int, ...] = ()
    peak_mib: float | None = None

    def score(self, task: str, metric: str) -> Score | None:
        r"""The pooled score, None if the task was not run or without this metric."""
        return self.results[task].get(metric) if task in self.results else None

    def published(self, task: str, metric: str) -> Mapping[str, Any] | None:
        r"""The published figure for a score measured by the same protocol, None if there is none.

        Classification figures only count beside runs with the same kind of split, and the best of
        all epochs, chosen on labels, only beside the same.
        """
        if self.source != self.config.label:
            return None
        for figure in self.config.published:
            if (_task_of(figure), figure["metric"]) != (task, metric):
                continue
            if task != "node" or figure["protocol"] == self.config.evaluation.protocol:
                return figure
        return None


def _task_of(figure: Mapping[str, Any]) -> str:
    return BEST_EPOCH if figure["protocol"] == BEST_EPOCH else figure["task"]


def pool(rows: Iterable[Row]) -> list[Line]:
    r"""Join the rows of all seeds into one line per data set, way to score and source.

    Values of a line are in the order of its seeds.
    """
    groups: dict[tuple[str, str, Evaluation], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.config.dataset, row.source, row.config.evaluation].append(row)
    return [_line(sorted(group, key=lambda row: row.config.seed)) for group in groups.values()]


def _line(rows: Sequence[Row]) -> Line:
    tasks: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        tasks[row.task].append(row)
    results = {
        task: Result.pool([row.result for row in part], _what_varied(part))
        for task, part in tasks.items()
    }
    seeds = tuple(sorted({row.config.seed for row in rows}))
    peaks = [row.peak_mib for row in rows if row.peak_mib is not None]
    peak = max(peaks) if peaks else None
    return Line(rows[0].config, rows[0].source, _seconds(rows), results, seeds, peak)


def _what_varied(rows: Sequence[Row]) -> str:
    seeds = sorted({row.config.seed for row in rows})
    named = ", ".join(map(str, seeds))
    return f"training seeds {named}, each: {rows[0].result.protocol}"


def _seconds(rows: Sequence[Row]) -> Score:
    r"""Seconds per seed; node classification and clustering share one set of embeddings."""
    per_seed: dict[int, float] = defaultdict(float)
    shared = {row.config.seed: row.seconds for row in rows if row.task != "link"}
    for seed, seconds in shared.items():
        per_seed[seed] += seconds
    for row in rows:
        per_seed[row.config.seed] += row.seconds if row.task == "link" else 0.0
    return Score.of(list(per_seed.values()))


def cells(lines: Sequence[Line]) -> tuple[list[str], list[list[str]]]:
    r"""Header and text cells of the table: scores in per cent, published figures in brackets."""
    shown = _columns(lines)
    header = ["dataset", "embeddings", "split", *(_heading(*column) for column in shown), *COSTS]
    body = []
    for line in lines:
        texts = [_cell(line, task, metric) for task, metric in shown]
        split = line.config.evaluation.protocol
        peak = "-" if line.peak_mib is None else f"{line.peak_mib:.0f}"
        costs = [f"{line.seconds.mean:.1f}", peak]
        body.append([line.config.dataset, line.source, split, *texts, *costs])
    return header, body


def _columns(lines: Sequence[Line]) -> list[tuple[str, str]]:
    r"""Task and metric of every column: those that some line has."""
    alone = not any("node" in line.results or "link" in line.results for line in lines)
    return [
        (task, metric)
        for task, metrics in COLUMNS.items()
        for metric in metrics
        if any(line.score(task, metric) is not None for line in lines)
        and (task != "clustering" or alone or metric in BESIDE_OTHERS)
    ]


def _heading(task: str, metric: str) -> str:
    return f"{metric}, best epoch by labels" if task == BEST_EPOCH else metric


def _cell(line: Line, task: str, metric: str) -> str:
    score, figure = line.score(task, metric), line.published(task, metric)
    if score is None:
        return "-"
    return str(score) if figure is None else f"{score} [{figure['mean']:.1f}]"


def footnotes(lines: Sequence[Line]) -> list[str]:
    r"""What the table's numbers mean: what varied, and where published figures come from."""
    varied: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for line in lines:
        for task, result in line.results.items():
            if line.source == line.config.label:
                what = f"node ({line.config.evaluation.protocol})" if task == "node" else task
                varied[line.config.dataset, what, result.protocol].append(line.source)
    notes = [f"{on}, {', '.join(who)}, {what}: {how}" for (on, what, how), who in varied.items()]
    return notes + sources_of_figures(lines)


def sources_of_figures(lines: Sequence[Line]) -> list[str]:
    r"""Where the published figures beside the scores come from."""
    return [
        f"{line.config.dataset}, {line.source}, {_heading(task, metric)} [published]: "
        f"{_source(figure)}"
        for line in lines
        for task, metrics in COLUMNS.items()
        for metric in metrics
        if task in line.results and (figure := line.published(task, metric)) is not None
    ]


def _source(figure: Mapping[str, Any]) -> str:
    spread = f" ± {figure['std']}" if figure.get("std") is not None else ""
    return f"{figure['mean']}{spread}, {figure['detail']} ({figure['source']})"


def as_records(lines: Sequence[Line]) -> list[dict[str, Any]]:
    r"""One flat record per metric: for CSV files and for further analysis. Scores are fractions."""
    records = []
    for line in lines:
        for task, result in line.results.items():
            for metric, score in result.items():
                figure = line.published(task, metric)
                records.append(
                    {
                        "dataset": line.config.dataset,
                        "embeddings": line.source,
                        "task": task,
                        "metric": metric,
                        **score._asdict(),
                        "protocol": result.protocol,
                        "seconds": line.seconds.mean,
                        "peak_mib": line.peak_mib,
                        "published": None if figure is None else figure["mean"] / 100,
                        "published_source": None if figure is None else _source(figure),
                    }
                )
    return records


def as_markdown(lines: Sequence[Line]) -> str:
    r"""The table in Markdown."""
    header, body = cells(lines)
    ruled = [header, ["---"] * len(header), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)
