r"""Tables of recommenders, from the file that ``gcl bench table rec --out DIR`` writes.

``docs/results/rec.json`` is that file; ``rec.sh`` beside it holds a comment, which becomes the
heading, and the command that produced it. Without the file nothing is shown.
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
    r"""Results in ``folder``, of all recommenders or of one; empty without the file."""
    file = folder / RECOMMENDERS
    if not file.is_file():
        return ""
    lines = [n for n in read_rec_json(file) if method in (None, n.config.method)]
    if not lines:
        return ""
    title, command = command_of(file.with_suffix(".sh"))
    return "\n\n".join([LEGEND, f"**{title}**", f"```bash\n{command}\n```", rec_markdown(lines)])
