r"""Tables of measured results, from the files that ``gcl bench --out DIR`` writes.

``docs/results/NAME.json`` is such a ``table.json``; ``NAME.sh`` beside it holds a comment, which
becomes the heading, and the command that produced it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gcl.benchmark import Line, as_markdown, read_json
from gcl.benchmark.table import footnotes

# of `gcl bench kernels`, on one machine each: shown by kernel_tables
KERNELS = (
    "kernels.json",
    "kernels_precision.json",
    "kernels_parts.json",
    "kernels_probe.json",
    "kernels_steps.json",
    "kernels_shared_core.json",
)
PAMC = "pamc.json"  # of `gcl bench pamc`: shown by pamc_tables
RECOMMENDERS = "rec_*.json"  # of `gcl bench table rec`: shown by rec_tables
SCALE = "scale.json"  # of `gcl bench scale`: shown by kernel_tables too
APART = (*KERNELS, PAMC, SCALE)

LEGEND = (
    "Scores in per cent: mean ± sample standard deviation; published figures stand in brackets. "
    "Seconds are those of training and embedding for one seed; the peak is the largest resident "
    "size of the process meanwhile, libraries and data included."
)


def render(folder: Path, method: str | None = None, *, regularized: bool = False) -> str:
    r"""Results in ``folder``; empty if there are none.

    Args:
        folder: holds the files.
        method: only rows that concern it; all if None.
        regularized: only tables with a regularised run.
    """
    parts = [_section(file, method, regularized) for file in tables(folder)]
    return "\n\n".join([LEGEND, *filter(None, parts)]) if any(parts) else ""


def tables(folder: Path) -> list[Path]:
    r"""The files of ``gcl bench`` among all results."""
    apart = {*(folder / name for name in APART), *folder.glob(RECOMMENDERS)}
    return [file for file in sorted(folder.glob("*.json")) if file not in apart]


def figure(entry: Mapping[str, Any]) -> str:
    r"""One published figure of a recipe in words."""
    spread = f" ± {entry['std']}" if entry.get("std") is not None else ""
    return f"{entry['metric']} {entry['mean']}{spread} ({entry['detail']}; {entry['source']})"


def _section(file: Path, method: str | None, regularized: bool) -> str:
    lines = read_json(file)
    lines = lines if method is None else _concerning(lines, method)
    if not lines or (regularized and all(line.config.pot is None for line in lines)):
        return ""
    title, command = command_of(file.with_suffix(".sh"))
    notes = "\n".join(f"- {note}" for note in footnotes(lines))
    return "\n\n".join([f"**{title}**", f"```bash\n{command}\n```", as_markdown(lines), notes])


def _concerning(lines: Sequence[Line], method: str) -> list[Line]:
    r"""The lines of a method and its untrained encoder, and raw features of its data sets."""
    own = {line.config.label for line in lines if line.config.method == method}
    mine = {line.config.dataset for line in lines if line.source in own}
    own.add(f"untrained encoder ({method})")
    return [
        line
        for line in lines
        if line.config.dataset in mine
        and (line.source in own or line.source.startswith("raw features"))
    ]


def command_of(file: Path) -> tuple[str, str]:
    r"""The title and the command that a ``NAME.sh`` beside a file of results holds."""
    if not file.is_file():
        raise FileNotFoundError(f"{file} must hold a comment and the command behind the results")
    lines = file.read_text(encoding="utf-8").strip().splitlines()
    if len(lines) < 2 or not lines[0].startswith("# "):
        raise ValueError(f"{file} must start with a comment '# TITLE' and hold a command below it")
    return lines[0][2:], "\n".join(lines[1:])
