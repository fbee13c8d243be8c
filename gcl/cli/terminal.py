r"""Tables on stdout, and what is going on, on stderr."""

import sys
from collections.abc import Sequence


def say(text: str) -> None:
    r"""Tell on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


def show_table(header: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    r"""Print a table: ruled on a terminal, else plain lines that are never wrapped."""
    if sys.stdout.isatty():
        _show_ruled(header, body)
    else:
        print(aligned([header, *body]))


def aligned(rows: Sequence[Sequence[str]]) -> str:
    r"""Rows of text with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(padded)


def _show_ruled(header: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for title in header:
        table.add_column(title, overflow="fold", min_width=len(title))
    narrow = max(map(len, aligned([header, *body]).splitlines())) > console.width
    for row in body:
        parts = [cell.replace(" ±", "\n±") for cell in row] if narrow else row
        table.add_row(*map(Text, parts))  # as text: brackets would be taken for markup
    console.print(table)
