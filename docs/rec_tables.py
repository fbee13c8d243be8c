r"""Tables of recommenders, from the files that ``gcl bench table rec --out DIR`` writes.

``docs/results/rec_NAME.json`` is such a ``rec.json``; ``rec_NAME.sh`` beside it holds a comment,
which becomes the heading, and the command that produced it. Without files nothing is shown.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from results_tables import RECOMMENDERS, command_of

from gcl.benchmark.rec_entries import BASELINES
from gcl.benchmark.rec_groups import groups_sections
from gcl.benchmark.rec_table import read_rec_json, rec_groups, rec_markdown

LEGEND = (
    "Scores in per cent: mean ± sample standard deviation over training seeds; published figures "
    "on the same split stand in brackets. An epoch's seconds include validation; the peak is the "
    "largest resident size of the process while it trained. The last column says what was chosen "
    "on validation interactions."
)
GROUPS_LEGEND = (
    "Scores in per cent, means over training seeds; the trainings are those of the "
    "[tables of methods](results.md), where their commands stand. Fewest interactions come first. "
    "A row of items sums to the Recall@20 of all."
)


def render(folder: Path, method: str | None = None) -> str:
    r"""Results in ``folder``, of all recommenders or of one; empty without a file."""
    parts = [_section(file, method) for file in sorted(folder.glob(RECOMMENDERS))]
    return "\n\n".join([LEGEND, *filter(None, parts)]) if any(parts) else ""


def _section(file: Path, method: str | None) -> str:
    lines = read_rec_json(file)
    if method is not None:
        lines = [n for n in lines if n.label in BASELINES or n.config.method == method]
    if all(line.label in BASELINES for line in lines):
        return ""
    title, command = command_of(file.with_suffix(".sh"))
    return "\n\n".join([f"**{title}**", f"```bash\n{command}\n```", rec_markdown(lines)])


def render_groups(folder: Path, page: Path) -> str:
    r"""Scores by groups of users and items, with plots where there are some; empty without files.

    ``docs/results/rec_DATASET_users.png`` and ``..._items.png`` are the plots that the benchmark
    writes beside its table.
    """
    parts = [
        part
        for file in sorted(folder.glob(RECOMMENDERS))
        for dataset, methods in rec_groups(read_rec_json(file)).items()
        for kind, text in groups_sections(methods, dataset).items()
        for part in (text, *_plot(folder / f"rec_{dataset}_{kind}.png", text, page))
    ]
    return "\n\n".join([GROUPS_LEGEND, *parts]) if parts else ""


def _plot(file: Path, text: str, page: Path) -> Iterator[str]:
    if file.is_file():
        yield f"![{text.splitlines()[0]}]({os.path.relpath(file, page.parent)})"
