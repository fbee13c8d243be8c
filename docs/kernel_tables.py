r"""Tables of the kernels' benchmark, from the files that ``gcl bench kernels --out FILE`` writes,
one for each machine; and those of ``gcl bench scale``, in the same way from ``scale.json``.

``docs/results/kernels.json`` is such a file; ``kernels.sh`` beside it holds a comment, which is the
heading, and the command that produced it. Without the file nothing is shown.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results_tables import KERNELS, SCALE, command_of

from gcl.benchmark.kernels.report import as_table

HEADINGS = {
    "loss": "Streamed NT-Xent beside its dense autograd form, forward and backward",
    "memory": "Peak memory of the streamed loss",
    "precision": "Relative error of NT-Xent's gradient, as rows come to share their direction",
    "propagation": "A GCN layer with edge dropping beside gather-scatter message passing",
    "parts": "The activation there and back, and products added to the gradient of a streamed loss",
    "probe": "A linear probe for 20 penalties beside scikit-learn's",
    "step": "One training step of GRACE beside dense references",
    "csgcl": "One training step of CSGCL beside a dense reference, and the preparation of a graph",
    "rec": "One training step of recommenders beside their released form",
    "rec_once": "What recommenders do once, an epoch's triplets, and a ranking of all items",
    "pot": "One training step of GRACE with POT, beside GRACE alone and a dense reference",
    "ranking": "Evaluation of a recommender at the size of Gowalla",
}
SCALE_HEADINGS = {
    "scale": "One epoch of training",
    "growth": "Exponents of the growth with N, over synthetic graphs like ogbn-arxiv",
    "speed_up": "An epoch with two processes beside one, a thread each",
}
SCALE_LEGEND = (
    "Each row was measured in a process of its own. `preparation` is the partition and the sorting "
    "of edges, once for a graph; `loading share` is the share of the epoch that went into making "
    "batches; `peak` is the largest resident size of the process after the graph was made, "
    "libraries, graph and weights included. N nodes, M directed edges."
)
# What the short form leaves out.
DETAILS = ("_seconds", "inputs")
LEGEND = (
    "Ratios say how many times as fast as the reference; both sides took turns in one run, medians "
    "of repeats. `extra` is peak memory beyond the inputs, measured in a process of its own. "
    "`share of gemm` is the share of the rate of a plain matrix product in the same precision, "
    "measured in the same run. N nodes, M directed edges, D width, I users, J items, B "
    "triplets, E training interactions."
)


def render(folder: Path, short: bool = False) -> str:
    r"""Machine, command and a table for each part of the benchmark; empty without a file.

    The short form is that of the first file alone.
    """
    files = [folder / name for name in (KERNELS[:1] if short else KERNELS)]
    return "\n\n".join(_of_file(file, short) for file in files if file.is_file())


def _of_file(file: Path, short: bool) -> str:
    content = json.loads(file.read_text(encoding="utf-8"))
    parts = [_part(name, content.get(name) or [], short) for name in HEADINGS]
    legend = [LEGEND] if file.name == KERNELS[0] else []
    return "\n\n".join([*head(file, content["machine"]), *legend, *filter(None, parts)])


def head(file: Path, machine: Mapping[str, Any]) -> list[str]:
    r"""Title of a file of records, the machine they were measured on, and the command."""
    title, command = command_of(file.with_suffix(".sh"))
    return [f"**{title}**", _machine(machine), f"```bash\n{command}\n```"]


def render_scale(folder: Path) -> str:
    r"""Machine, command and tables of the scaling benchmark; empty without its file."""
    file = folder / SCALE
    if not file.is_file():
        return ""
    content = json.loads(file.read_text(encoding="utf-8"))
    parts = [part(text, content.get(name) or []) for name, text in SCALE_HEADINGS.items()]
    return "\n\n".join([*head(file, content["machine"]), SCALE_LEGEND, *filter(None, parts)])


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['threads']} "
        f"threads; Python {machine['python']}, PyTorch {machine['torch']}."
    )


def _part(name: str, records: Sequence[Mapping[str, Any]], short: bool) -> str:
    if not short:
        return part(HEADINGS[name], records)
    shown = [{k: v for k, v in r.items() if not k.endswith(DETAILS)} for r in records]
    measured = any(isinstance(value, float) for record in shown for value in record.values())
    return part(HEADINGS[name], shown) if measured else ""


def part(heading: str, records: Sequence[Mapping[str, Any]]) -> str:
    r"""A heading and a table of records."""
    if not records:
        return ""
    header, rows = as_table(records)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join([f"{heading}:", "", *(f"| {' | '.join(line)} |" for line in lines)])
