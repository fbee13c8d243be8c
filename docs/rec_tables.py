r"""Tables of recommenders, from the files that ``gcl bench table rec --out DIR`` writes.

``docs/results/rec_NAME.json`` is such a ``rec.json``; ``rec_NAME.sh`` beside it holds a comment,
which becomes the heading, and the command that produced it. Without files nothing is shown.
"""

from pathlib import Path

from results_tables import RECOMMENDERS, command_of

from gcl.benchmark.rec_table import read_rec_json, rec_markdown

LEGEND = (
    "Scores in per cent: mean ± sample standard deviation over training seeds; published figures "
    "on the same split stand in brackets. An epoch's seconds include validation; the peak is the "
    "largest resident size of the process while it trained. The last column says what was chosen "
    "on validation interactions."
)


def render(folder: Path, method: str | None = None) -> str:
    r"""Results in ``folder``, of all recommenders or of one; empty without a file."""
    parts = [_section(file, method) for file in sorted(folder.glob(RECOMMENDERS))]
    return "\n\n".join([LEGEND, *filter(None, parts)]) if any(parts) else ""


def _section(file: Path, method: str | None) -> str:
    lines = [n for n in read_rec_json(file) if method in (None, n.config.method)]
    if not lines:
        return ""
    title, command = command_of(file.with_suffix(".sh"))
    return "\n\n".join([f"**{title}**", f"```bash\n{command}\n```", rec_markdown(lines)])
