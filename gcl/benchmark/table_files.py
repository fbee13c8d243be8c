r"""The table of a benchmark as files, each written whole or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path

from gcl.benchmark.table import Line, as_markdown, footnotes, write_csv, write_json

TABLES = ("table.csv", "table.json", "table.md")


def write_tables(lines: Sequence[Line], out: Path) -> None:
    r"""Write ``table.csv``, ``table.json`` and ``table.md`` into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, write in zip(TABLES, (write_csv, write_json, _write_markdown), strict=True):
        part = out / f".{name}.{os.getpid()}.part"
        try:
            write(lines, part)
            os.replace(part, out / name)
        finally:
            part.unlink(missing_ok=True)  # still there only if something above failed


def _write_markdown(lines: Sequence[Line], path: Path) -> None:
    notes = "\n".join(f"- {note}" for note in footnotes(lines))
    path.write_text(f"{as_markdown(lines)}\n\n{notes}\n", encoding="utf-8")
