r"""Tables of the kernels' benchmark, from the file that ``gcl bench kernels --out FILE`` writes.

``docs/results/kernels.json`` is that file; ``kernels.sh`` beside it holds a comment, which becomes
the heading, and the command that produced it. Without the file nothing is shown.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results_tables import KERNELS, command_of

from gcl.benchmark.kernels.report import as_table

HEADINGS = {
    "loss": "Streamed NT-Xent beside its dense autograd form, forward and backward",
    "memory": "Peak memory of the streamed loss",
    "propagation": "A GCN layer with edge dropping beside gather-scatter message passing",
    "step": "One training step of GRACE beside dense references",
    "csgcl": "One training step of CSGCL beside a dense reference, and the preparation of a graph",
    "pot": "One training step of GRACE with POT, beside GRACE alone and a dense reference",
}
# What the short form leaves out.
DETAILS = ("_seconds", "inputs")
LEGEND = (
    "Ratios say how many times as fast as the reference; both sides took turns in one run, medians "
    "of repeats. `extra` is peak memory beyond the inputs, measured in a process of its own. "
    "`share of gemm` is the share of the rate of a plain matrix product in the same precision, "
    "measured in the same run. N nodes, M directed edges, D width."
)


def render(folder: Path, short: bool = False) -> str:
    r"""Machine, command and a table for each part of the benchmark; empty without the file."""
    file = folder / KERNELS
    if not file.is_file():
        return ""
    content = json.loads(file.read_text(encoding="utf-8"))
    parts = [_part(name, content.get(name) or [], short) for name in HEADINGS]
    return "\n\n".join([*head(file, content["machine"]), LEGEND, *filter(None, parts)])


def head(file: Path, machine: Mapping[str, Any]) -> list[str]:
    r"""Title of a file of records, the machine they were measured on, and the command."""
    title, command = command_of(file.with_suffix(".sh"))
    return [f"**{title}**", _machine(machine), f"```bash\n{command}\n```"]


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['threads']} "
        f"threads; Python {machine['python']}, PyTorch {machine['torch']}."
    )


def _part(name: str, records: Sequence[Mapping[str, Any]], short: bool) -> str:
    if not records:
        return ""
    shown = [{k: v for k, v in r.items() if not (short and k.endswith(DETAILS))} for r in records]
    return part(HEADINGS[name], shown)


def part(heading: str, records: Sequence[Mapping[str, Any]]) -> str:
    r"""A heading and a table of records."""
    header, rows = as_table(records)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join([f"{heading}:", "", *(f"| {' | '.join(line)} |" for line in lines)])
