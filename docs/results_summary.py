r"""One small table of a metric over all results: methods down, data sets and splits across."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from results_tables import tables

from gcl import recipes
from gcl.benchmark import Line, read_json

Column = tuple[str, str]
UNTRAINED = "best untrained encoder"
CUT, OTHER = "†", "‡"
NOTES = {
    CUT: "Trained for fewer epochs than its recipe says; its own table tells how many.",
    OTHER: "Trained with other options than its recipe's; the file of its own table holds them.",
}


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
    return "\n\n".join([text, *(f"{mark} {note}" for mark, note in NOTES.items() if mark in text)])


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
    r"""Of a method the line nearest its recipe; of untrained encoders and raw features the best."""
    if not lines:
        return "-"
    chosen = min(lines, key=lambda line: (len(_marks(line)), -line.results[task][metric].mean))
    figure = chosen.published(task, metric)
    published = "" if figure is None else f" [{figure['mean']:.1f}]"
    return " ".join([f"{chosen.score(task, metric)}{published}", *_marks(chosen)])


def _marks(line: Line) -> list[str]:
    r"""How the training of a method differs from its recipe for these data."""
    name = recipes.recipe_for(line.config.method, line.config.dataset)
    if name is None or _kind(line) != "trained":
        return []
    recipe = recipes.read(name)
    planned = recipe["fit"]["epochs"]
    cut = line.config.fit.get("epochs", planned) < planned
    asked = {key: value for key, value in recipe["method"].items() if key != "name"}
    used = {key: line.config.options.get(key, value) for key, value in asked.items()}
    return [CUT] * cut + [OTHER] * (used != asked)
