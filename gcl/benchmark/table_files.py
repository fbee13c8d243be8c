r"""The table of a benchmark as files, each written whole or not at all."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gcl.benchmark.config import Config
from gcl.benchmark.table import Line, as_markdown, as_records, footnotes
from gcl.evaluation import Result, Score
from gcl.files import written_whole

TABLES = ("table.csv", "table.json", "table.md")


def write_csv(lines: Sequence[Line], path: Path) -> None:
    r"""Write one line per metric."""
    records = as_records(lines)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def write_json(lines: Sequence[Line], path: Path) -> None:
    r"""Write every line with its configuration and the raw values behind each score."""
    content = [
        {
            "config": line.config.to_dict(),
            "embeddings": line.source,
            "seeds": list(line.seeds),
            "seconds": line.seconds.mean,
            "peak_mib": line.peak_mib,
            "results": {task: result.to_dict() for task, result in line.results.items()},
        }
        for line in lines
    ]
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_json(path: Path) -> list[Line]:
    r"""The lines that :func:`write_json` wrote; of their seconds the mean alone.

    Raises:
        ValueError: if the file holds something else; the message names it.
    """
    try:
        return [_line(record) for record in json.loads(path.read_text(encoding="utf-8"))]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path} is no table of gcl bench ({reason})") from error


def _line(record: Mapping[str, Any]) -> Line:
    results = {
        task: Result(_tuples(r["raw"]), r["protocol"], _tuples(r["selected"]))
        for task, r in record["results"].items()
    }
    return Line(
        Config.from_dict(record["config"]),
        record["embeddings"],
        Score(record["seconds"], math.nan, 1),
        results,
        tuple(record["seeds"]),
        record["peak_mib"],
    )


def _tuples(values: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(entry) for name, entry in values.items()}


def write_tables(lines: Sequence[Line], out: Path) -> None:
    r"""Write ``table.csv``, ``table.json`` and ``table.md`` into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, write in zip(TABLES, (write_csv, write_json, _write_markdown), strict=True):
        with written_whole(out / name) as part:
            write(lines, part)


def _write_markdown(lines: Sequence[Line], path: Path) -> None:
    notes = "\n".join(f"- {note}" for note in footnotes(lines))
    path.write_text(f"{as_markdown(lines)}\n\n{notes}\n", encoding="utf-8")
