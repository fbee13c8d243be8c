r"""The course of a long training beside published logs of the same.

``docs/results/NAME.jsonl`` is the ``metrics.jsonl`` of a run with ``--test_every``, ``NAME.sh`` its
title and command, ``NAME.published.yaml`` a list of logs: ``source``, and ``epochs`` with numbers
under the names of the run.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from results_tables import command_of

LEGEND = (
    "Loss, and scores of the test part in per cent, after so many epochs of one run; nothing was "
    "chosen by them. Numbers of others stand in brackets."
)
SCORES = ("recall@20", "ndcg@20")


def render(folder: Path, name: str) -> str:
    r"""The table of one run; empty without its file."""
    file = folder / f"{name}.jsonl"
    if not file.is_file():
        return ""
    title, command = command_of(file.with_suffix(".sh"))
    own = {row["epoch"]: row for row in map(json.loads, file.read_text("utf-8").splitlines())}
    logs = yaml.safe_load((folder / f"{name}.published.yaml").read_text("utf-8"))
    theirs = [(log["epochs"], i) for i, log in enumerate(logs, 1)]
    shown = sorted(
        {e for e, row in own.items() if SCORES[0] in row or e <= 2}.union(*(n for n, _ in theirs))
    )
    rows = [[str(e), *(_cell(key, e, own, theirs) for key in ("loss", *SCORES))] for e in shown]
    lines = [["epoch", "loss", *SCORES], ["---"] * 4, *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    sources = "\n".join(f"{i}. {log['source']}" for i, log in enumerate(logs, 1))
    return "\n\n".join([LEGEND, f"**{title}**", f"```bash\n{command}\n```", table, sources])


def _cell(key: str, epoch: int, own: dict[int, Any], theirs: list[tuple[Any, int]]) -> str:
    r"""Our number and those of the logs, each with the number of its source."""
    scale, digits = (1, 3) if key == "loss" else (100, 2)
    mine = own.get(epoch, {}).get(key)
    found = [f"{mine * scale:.{digits}f}"] if mine is not None else []
    for epochs, source in theirs:
        if key in epochs.get(epoch, {}):
            found.append(f"[{epochs[epoch][key] * scale:.{digits}f}: {source}]")
    return " ".join(found) or "-"
