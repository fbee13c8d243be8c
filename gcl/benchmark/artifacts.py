r"""The files of a run beside its checkpoint: resolved configuration, embeddings, plots."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from gcl.benchmark.plots import plot_embedding, plot_loss
from gcl.files import written_whole
from gcl.functional.processes import rank

if TYPE_CHECKING:
    from gcl.benchmark.config import Config
    from gcl.benchmark.rec_config import RecConfig

FILES = (
    "config.yaml",
    "metrics.jsonl",
    "checkpoint.pt",
    "embeddings.npy",
    "loss.png",
    "embedding.png",
)


@contextmanager
def run_folder(
    out: Path, config: "Config | RecConfig", *, resume: bool, overwrite: bool
) -> Iterator[None]:
    r"""Make the folder of a run and write its ``config.yaml``; the block then trains into it.

    A run that is refused (ValueError or TypeError before its first epoch is recorded, for a bad
    option say) leaves the folder as it was: nothing of the new run stays, and nothing of the old
    one is lost. After that, what is recorded stays. Of several processes, only the first touches
    the folder.

    Raises:
        ValueError: if both resume and overwrite are asked for, or ``out`` is a file, or it holds a
            run and neither is asked for.
    """
    if rank():
        yield
        return
    check_folder(out, resume=resume, overwrite=overwrite)
    new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    replaced = FILES[:1] if resume else FILES  # a resumed run only gets another config.yaml
    try:
        with tempfile.TemporaryDirectory(dir=out, prefix=".old-") as aside:
            _move(replaced, out, Path(aside))
            try:
                write_yaml(out / "config.yaml", config.to_dict())
                yield
            except (ValueError, TypeError):
                if resume or not _has_epochs(out):
                    for name in replaced:
                        (out / name).unlink(missing_ok=True)
                    _move(replaced, Path(aside), out)
                raise
    except (ValueError, TypeError):
        if new and not _has_epochs(out):
            out.rmdir()
        raise


def _has_epochs(out: Path) -> bool:
    r"""Whether a run has recorded an epoch."""
    metrics = out / "metrics.jsonl"
    return metrics.exists() and metrics.stat().st_size > 0


def check_folder(out: Path, *, resume: bool, overwrite: bool) -> None:
    r"""Raise ValueError if ``out`` is a file, or a run that may neither go on nor be replaced."""
    if resume and overwrite:
        raise ValueError("resume and overwrite exclude each other, got both")
    if out.exists() and not out.is_dir():
        raise ValueError(f"out must be a folder, got the file {out}")
    present = [name for name in FILES if (out / name).exists()]
    if present and not (resume or overwrite):
        raise ValueError(
            f"out={str(out)!r} holds a run ({', '.join(present)}); resume or overwrite it, or name "
            "another folder"
        )


def _move(names: Sequence[str], source: Path, target: Path) -> None:
    for name in names:
        if (source / name).exists():
            (source / name).replace(target / name)


def write_artifacts(out: Path, losses: Sequence[float], h: Tensor, y: Tensor | None) -> None:
    r"""Write the embeddings [N, D] and the plots of a finished run."""
    with written_whole(out / "embeddings.npy") as part, part.open("wb") as file:
        np.save(file, h.numpy())
    if losses:
        plot_loss(losses, out / "loss.png")
    plot_embedding(h, y, out / "embedding.png")


def write_yaml(path: Path, content: dict) -> None:
    r"""Write plain Python values as YAML, in the order they have."""
    import yaml

    with written_whole(path) as part:
        part.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
