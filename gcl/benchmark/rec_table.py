r"""The table of recommenders: measured beside published, as text cells and as a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gcl.benchmark.rec_config import RecConfig
from gcl.benchmark.rec_groups import (
    Groups,
    groups_from_dict,
    groups_sections,
    groups_to_dict,
)
from gcl.evaluation import Result
from gcl.files import written_whole

REC_TABLES = ("rec.json", "rec.md")
HEADER = (
    "dataset",
    "method",
    "recall@20",
    "ndcg@20",
    "best epoch",
    "s / epoch",
    "peak MiB",
    "chosen",
)


@dataclass(frozen=True)
class RecLine:
    r"""One line: a recommender on a data set, pooled over seeds.

    Args:
        label: what the table calls it.
        config: its run, with seed 0.
        result: test scores of all seeds.
        epochs: the best epoch of each seed.
        seconds: mean time of an epoch, validation included.
        peak_mib: largest resident size of the process while it trained, None if unknown.
        chosen: what was chosen on the validation part.
        groups: test scores by groups of users and of items.
    """

    label: str
    config: RecConfig
    result: Result
    epochs: tuple[int, ...]
    seconds: float
    peak_mib: float | None = None
    chosen: Mapping[str, float] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)

    def published(self, metric: str, *, same: bool = True) -> list[Mapping[str, Any]]:
        r"""Figures of the literature on the same split, or on others; none for an ablation."""
        if self.label != self.config.method:
            return []
        protocol = self.config.split["protocol"]
        figures = [f for f in self.config.published if f["metric"] == metric]
        return [f for f in figures if (f["protocol"] == protocol) == same]

    def to_dict(self) -> dict[str, Any]:
        r"""All of it in plain Python values."""
        return {
            "label": self.label,
            "config": self.config.to_dict(),
            "result": self.result.to_dict(),
            "epochs": list(self.epochs),
            "seconds": self.seconds,
            "peak_mib": self.peak_mib,
            "chosen": dict(self.chosen),
            "groups": groups_to_dict(self.groups),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "RecLine":
        r"""What :meth:`to_dict` gave."""
        raw = {name: tuple(values) for name, values in record["result"]["raw"].items()}
        return cls(
            record["label"],
            RecConfig.from_dict(record["config"]),
            Result(raw, record["result"]["protocol"]),
            tuple(record["epochs"]),
            record["seconds"],
            record["peak_mib"],
            record["chosen"],
            groups_from_dict(record["groups"]),
        )


def rec_cells(lines: Sequence[RecLine]) -> tuple[list[str], list[list[str]]]:
    r"""Header and text cells: scores in per cent, figures on the same split in brackets."""
    return list(HEADER), [_row(line) for line in lines]


def _row(line: RecLine) -> list[str]:
    scores = []
    for metric in HEADER[2:4]:
        figures = line.published(metric)
        known = f" [{figures[0]['mean']:.2f}]" if figures else ""
        score = line.result[metric]
        spread = f" ± {100 * score.std:.2f}" if score.n > 1 else ""
        scores.append(f"{100 * score.mean:.2f}{spread}{known}")
    peak = "-" if line.peak_mib is None else f"{line.peak_mib:.0f}"
    chosen = ", ".join(f"{name} {value:g}" for name, value in line.chosen.items()) or "-"
    epochs = ", ".join(map(str, line.epochs))
    return [line.config.dataset, line.label, *scores, epochs, f"{line.seconds:.2f}", peak, chosen]


def rec_notes(lines: Sequence[RecLine]) -> list[str]:
    r"""How the scores came about, and every published figure with its split."""
    notes = list(dict.fromkeys(f"{n.config.dataset}: {n.result.protocol}" for n in lines))
    for line in lines:
        for metric in HEADER[2:4]:
            for same in (True, False):
                where = "published" if same else "published on ANOTHER split, not comparable"
                notes += [
                    f"{line.config.dataset}, {line.label}, {metric}, {where}: {f['mean']}, "
                    f"{f['detail']} ({f['source']})"
                    for f in line.published(metric, same=same)
                ]
    return notes


def rec_markdown(lines: Sequence[RecLine]) -> str:
    r"""The table and its notes in Markdown."""
    header, body = rec_cells(lines)
    rows = [header, ["---"] * len(header), *body]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join([table, "\n".join(f"- {note}" for note in rec_notes(lines))])


def rec_groups(lines: Sequence[RecLine]) -> dict[str, dict[str, Groups]]:
    r"""The groups of the lines that have some, by data set and by label."""
    found: dict[str, dict[str, Groups]] = {line.config.dataset: {} for line in lines}
    for line in lines:
        if line.groups:
            found[line.config.dataset][line.label] = line.groups
    return found


def write_rec_tables(lines: Sequence[RecLine], out: Path) -> None:
    r"""Write ``rec.json`` and ``rec.md`` into the folder ``out``, each whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    sections = [rec_markdown(lines)]
    for dataset, methods in rec_groups(lines).items():
        sections += groups_sections(methods, dataset).values()
    record = json.dumps([line.to_dict() for line in lines], indent=1)
    texts = (record, "\n\n".join(sections) + "\n")
    for name, text in zip(REC_TABLES, texts, strict=True):
        with written_whole(out / name) as part:
            part.write_text(text, encoding="utf-8")


def read_rec_json(path: Path) -> list[RecLine]:
    r"""The lines that :func:`write_rec_tables` wrote.

    Raises:
        ValueError: if the file holds something else; the message names it.
    """
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return [RecLine.from_dict(record) for record in records]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path} is no table of recommenders ({reason})") from error
