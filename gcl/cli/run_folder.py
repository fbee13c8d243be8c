r"""The folder of a run: may it be written to, what is in it, how to go on with it."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gcl.benchmark import Config
from gcl.benchmark.artifacts import FILES
from gcl.cli.failures import UsageError
from gcl.cli.groups import GRAPH
from gcl.cli.layers import layer
from gcl.cli.parser import peek
from gcl.training import CheckpointError, load_checkpoint


def default_out(method: str, dataset: str) -> Path:
    r"""``runs/<dataset>_<method>``; of a path, the name of the file or folder."""
    return Path("runs") / f"{Path(dataset).expanduser().resolve().stem}_{method}"


def stored_config(words: list[str]) -> dict[str, Any]:
    r"""The configuration of the run to resume, from its checkpoint."""
    out = peek(words, "--out")
    if out is None:
        below = layer(peek(words, "--method"), peek(words, "--dataset"), recipe="none")
        out = str(default_out(below.method, below.dataset))
    file = Path(out) / "checkpoint.pt"
    if not file.is_file():
        raise UsageError(f"--resume: there is no run in {out} (it has no checkpoint.pt)")
    config = dict(load_checkpoint(file).config or {})
    if config.pop("in_channels", None) is None:
        raise CheckpointError(f"{file} does not say how its method is built; it cannot go on here")
    return config


def check_out(out: Path, flags: dict[str, Any]) -> None:
    r"""Raise UsageError if ``out`` holds a run and nothing says what to do with it."""
    if flags.get("resume") and flags.get("overwrite"):
        raise UsageError("--resume and --overwrite exclude each other")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder, got the file {out}")
    present = [name for name in FILES if (out / name).exists()]
    if present and not (flags.get("resume") or flags.get("overwrite")):
        raise UsageError(
            f"{out} holds a run ({', '.join(present)}); add --resume to go on with it, --overwrite "
            "to replace it, or name another --out"
        )


def check_same(config: Config, stored: dict[str, Any] | None) -> None:
    r"""Raise UsageError if the run to resume was trained otherwise."""
    if stored is None:
        return
    given = config.to_dict()
    # Where the data lie does not change a run.
    graph = [name for name in GRAPH if name not in ("root", "mmap")]
    for name in ("method", "pot", "dataset", *graph, "loader", "seed"):
        if given[name] != stored.get(name, given[name]):
            raise UsageError(
                f"--resume: {name}={given[name]!r} would change the run, which has {stored[name]!r}"
            )


def written_at(out: Path) -> int | None:
    r"""When the configuration of the run in ``out`` was written; None if there is none."""
    file = out / "config.yaml"
    return file.stat().st_mtime_ns if file.is_file() else None


def left_behind(
    out: Path, device: str | None, start: Sequence[str] = ("gcl",), *, before: int | None = None
) -> str:
    r"""What an interrupt leaves, and how to go on; ``start`` begins the command.

    ``before`` is :func:`written_at` of the folder when the command began.
    """
    if before is not None and written_at(out) == before:
        return f"interrupted before training; the run in {out} is as it was"
    if not (out / "checkpoint.pt").is_file():
        return "interrupted before the first checkpoint; nothing to resume"
    words = [*start, "train", "--resume", "--out", str(out)]
    words += ["--device", device] if device else []
    epochs = len((out / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    return (
        f"interrupted after {epochs} epochs; the last one is in {out / 'checkpoint.pt'}\n"
        f"go on with: {shlex.join(words)}"
    )
