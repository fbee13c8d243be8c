r"""One small table of a metric over all results: methods down, data sets and splits across."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from results_tables import tables

from gcl import recipes
from gcl.benchmark import Line, read_json

Column = tuple[str, str]
UNTRAINED = "best untrained encoder"
CUT = " †"
CUT_NOTE = "† Trained for fewer epochs than its recipe says; its own table tells how many."


def summary(folder: Path, task: str = "node", metric: str = "accuracy") -> str:
    r"""The table in Markdown, published figures in brackets; empty if there are no results."""
    lines = [line for file in tables(folder) for line in read_json(file) if task in line.results]
    if not lines:
        return ""
    columns = list(dict.fromkeys(map(_column, lines)))
    trained = list(dict.fromkeys(line.config.label for line in lines if _kind(line) == "trained"))
    rows = [["embeddings", *(f"{data}, {split}" for data, split in columns)]]
    rows.append(["---"] * len(rows[0]))
    for name in ("raw features", UNTRAINED, *trained):
        cells = (_cell(_of(name, lines, column), task, metric) for column in columns)
        rows.append([name, *cells])
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{text}\n\n{CUT_NOTE}" if CUT in text else text


def _column(line: Line) -> Column:
    return line.config.dataset, line.config.evaluation.protocol


def _kind(line: Line) -> str:
    if line.source == line.config.label:
        return "trained"
    return UNTRAINED if line.source.startswith("untrained") else "raw features"


def _of(name: str, lines: Iterable[Line], column: Column) -> list[Line]:
    here = [line for line in lines if _column(line) == column]
    if name in (UNTRAINED, "raw features"):
        return [line for line in here if _kind(line) == name]
    return [line for line in here if line.source == name]


def _cell(lines: Sequence[Line], task: str, metric: str) -> str:
    r"""The best of some lines: one method has one, raw features may be scaled or not."""
    if not lines:
        return "-"
    best = max(lines, key=lambda line: line.results[task][metric].mean)
    figure = best.published(task, metric)
    published = "" if figure is None else f" [{figure['mean']:.1f}]"
    return f"{best.score(task, metric)}{published}{CUT if _cut_short(best) else ''}"


def _cut_short(line: Line) -> bool:
    r"""Whether a method was trained for fewer epochs than its recipe for these data says."""
    name = recipes.recipe_for(line.config.method, line.config.dataset)
    if name is None or line.source != line.config.label:
        return False
    planned = recipes.read(name)["fit"]["epochs"]
    return bool(line.config.fit.get("epochs", planned) < planned)
