r"""Records of the kernel benchmark as text."""

from collections.abc import Sequence
from typing import Any


def columns(record: dict[str, Any]) -> dict[str, str]:
    r"""The fields of a record as they are printed."""
    return {name.replace("_", " "): _text(name, value) for name, value in record.items()}


def as_table(records: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    r"""Header and rows; a field that a record lacks is shown as ``-``."""
    rows = [columns(record) for record in records]
    header = list(dict.fromkeys(name for row in rows for name in row))
    return header, [[row.get(name, "-") for name in header] for row in rows]


def _text(name: str, value: Any) -> str:
    if value is None:
        return "out of memory"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if name.endswith("_error"):
        return f"{value:.0e}"
    if name.endswith("_ratio") or name == "ratio":
        return f"{value:.1f}x"
    if name.endswith("cosine"):
        return f"{value:.3f}"
    if name.endswith("_difference"):
        return f"{value:.1%}"
    if "share" in name:
        return f"{value:.0%}"
    if name.endswith("exponent"):
        return f"{value:.2f}"
    if name.endswith("mib"):
        return f"{value:,.0f} MiB"
    if name.endswith(("extra", "gradients")) or name == "inputs":
        return f"{value:.0f} MiB"
    return f"{value:.3f} s"
