r"""Run suites of a benchmark and keep their records."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gcl.benchmark.kernels.timing import machine

Suites = Mapping[str, Callable[[], Iterator[dict[str, Any]]]]


def collect(
    suites: Suites, *, out: Path | None, report: Callable[[str, dict[str, Any]], None]
) -> dict[str, Any]:
    r"""The records of all suites by name, with the machine they ran on.

    Args:
        suites: what yields the records of each.
        out: JSON file, rewritten after every record; nothing is written if None.
        report: called with each record as it comes.
    """
    content: dict[str, Any] = {"machine": machine(), **{name: [] for name in suites}}
    for name, records in suites.items():
        for record in records():
            content[name].append(record)
            report(name, record)
            if out is not None:
                out.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return content
