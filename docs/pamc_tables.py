r"""Tables and figure of PamC's benchmark, from what ``gcl bench pamc --out FILE`` writes.

``docs/results/pamc.json`` is that file, ``pamc.png`` the figure; ``pamc.sh`` beside them holds a
comment, which becomes the heading, and the command that produced them. Without the file nothing is
shown.
"""

import json
import os
from pathlib import Path

from kernel_tables import head, part
from results_tables import PAMC

HEADINGS = {
    "loss": "The loss alone on the graph of USPS, influence of order 4, forward and backward",
    "step": "One training step with the authors' encoder on USPS, and inference",
    "growth": "Growth of time, forward and backward on synthetic graphs, and fitted exponents",
    "memory": "Growth of peak memory, and fitted exponents",
    "tighten": "The negative term beside that of all pairs, as equal clusters tighten",
    "unbalance": "The same as clusters become unbalanced",
}
LEGEND = (
    "`pamc` is PamC; `gathered` the same in plain PyTorch, which gathers both ends of every edge; "
    "`streamed` and `dense` contrast with all nodes on the same graph, in blocks and with matrices "
    "of N x N; `pamc K` and `views K` have K clusters, on a graph and between two views; `nt xent` "
    "is NT-Xent of two views. Ratios say how many times as long as PamC; all sides took turns in "
    "one run, medians of repeats. `extra` is peak memory beyond the inputs, the influence matrix "
    "among them, measured in a process of its own. A dash: not measured at that size. `plain`, "
    "`sized`, `intra` and `both` are PamC without options, with `size_weighted`, with "
    "`intra_cluster`, and with both; differences are relative, cosines those of the gradients with "
    "the exact gradient. N nodes, M entries of the influence matrix, K clusters, D width."
)


def render(folder: Path, page: Path) -> str:
    r"""Machine, command, figure and a table for each part; empty without the file."""
    file = folder / PAMC
    if not file.is_file():
        return ""
    content = json.loads(file.read_text(encoding="utf-8"))
    parts = [part(text, content[name]) for name, text in HEADINGS.items() if content.get(name)]
    figure = file.with_suffix(".png")
    if figure.is_file():
        place = os.path.relpath(figure, page.parent)
        parts.insert(0, f"![Time and memory over the number of nodes]({place})")
    return "\n\n".join([*head(file, content["machine"]), LEGEND, *parts])
