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
        out: JSON file, rewritten after every record; nothing is written if None. What it holds of
            other suites stays.
        report: called with each record as it comes.

    Raises:
        ValueError: if ``out`` holds other suites that were measured on another machine.
    """
    here = machine()
    content: dict[str, Any] = {"machine": here, **_others(out, suites, here)}
    content |= {name: [] for name in suites}
    for name, records in suites.items():
        for record in records():
            content[name].append(record)
            report(name, record)
            if out is not None:
                out.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return content


def _others(out: Path | None, suites: Suites, here: dict[str, object]) -> dict[str, Any]:
    r"""The records of other suites in a file."""
    if out is None or not out.is_file():
        return {}
    held = json.loads(out.read_text(encoding="utf-8"))
    there = held.pop("machine")
    others = {name: records for name, records in held.items() if name not in suites}
    if others and there != here:
        raise ValueError(
            f"out must be another file: {out} holds {', '.join(others)}, measured on {there}, "
            f"but this machine is {here}"
        )
    return others
