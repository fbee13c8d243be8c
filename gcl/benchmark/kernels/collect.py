r"""Run suites of a benchmark and keep their records."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gcl.benchmark.kernels.timing import machine
from gcl.files import written_whole

Suites = Mapping[str, Callable[[], Iterator[dict[str, Any]]]]


def collect(
    suites: Suites, *, out: Path | None, report: Callable[[str, dict[str, Any]], None]
) -> dict[str, Any]:
    r"""The records of all suites by name, with the machine they ran on.

    Args:
        suites: what yields the records of each.
        out: JSON file, rewritten after every record; nothing is written if None. What it holds of
            other suites stays, and what it holds of these until there are as many new records.
        report: called with each record as it comes.

    Raises:
        ValueError: if ``out`` holds other suites that were measured on another machine.
    """
    here = machine()
    content: dict[str, Any] = {"machine": here, **_held(out, suites, here)}
    for name, records in suites.items():
        fresh: list[dict[str, Any]] = []
        for record in records():
            fresh.append(record)
            report(name, record)
            if len(fresh) >= len(content.get(name, ())):
                content[name] = fresh
                _write(content, out)
        content[name] = fresh
        _write(content, out)
    return content


def _write(content: dict[str, Any], out: Path | None) -> None:
    if out is not None:
        with written_whole(out) as part:
            part.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _held(out: Path | None, suites: Suites, here: dict[str, object]) -> dict[str, Any]:
    r"""The records in a file, if they are of this machine."""
    if out is None or not out.is_file():
        return {}
    held = json.loads(out.read_text(encoding="utf-8"))
    there = held.pop("machine")
    others = [name for name in held if name not in suites]
    if others and there != here:
        raise ValueError(
            f"out must be another file: {out} holds {', '.join(others)}, measured on {there}, "
            f"but this machine is {here}"
        )
    return held if there == here else {}
