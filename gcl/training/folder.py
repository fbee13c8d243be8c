r"""The folder of a run: metrics.jsonl, one line per epoch, and checkpoint.pt."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gcl.files import written_whole
from gcl.functional.processes import lead, rank
from gcl.training.checkpoint import Checkpoint, load_checkpoint, plain_config, write
from gcl.training.distributed.signals import undisturbed
from gcl.training.distributed.states import others_random
from gcl.training.errors import CheckpointError
from gcl.training.result import History
from gcl.training.run import Run

CHECKPOINT = "checkpoint.pt"
METRICS = "metrics.jsonl"


@contextmanager
def run_folder(
    out: str | Path | None,
    run: Run,
    resume: bool,
    *,
    settings: dict[str, Any],
    config: Mapping[str, Any] | None,
    every: int,
) -> Iterator[Callable[[], None]]:
    r"""Open or resume the folder ``out``; yields what to call at the end of each epoch,
    and of pre-training.

    However the block ends, the last completed epoch is on disk afterwards. Of several processes,
    the first reads and writes.
    """
    if out is None:
        yield lambda: None
        return
    folder = RunFolder(Path(out), run, settings, plain_config(config), every)
    stored = lead(lambda: folder.find(resume))
    if stored is not None:
        run.restore(stored.weights, stored.training or {}, stored.path)

    def write_with(action: Callable[[list[dict[str, Any]]], None]) -> None:
        others = others_random(run.own_random())
        lead(lambda: action(others))

    write_with(folder.start)
    try:
        yield lambda: write_with(folder.record)
    finally:
        if rank() == 0:
            with undisturbed():
                folder.close()


class RunFolder:
    r"""Writes what a run leaves behind.

    Only states taken at the end of an epoch are ever written, so an interrupt at any point of the
    next epoch, in the middle of an optimiser step included, costs that epoch and nothing else.
    """

    def __init__(
        self,
        path: Path,
        run: Run,
        settings: dict[str, Any],
        config: dict[str, Any] | None,
        every: int,
    ) -> None:
        self.path, self.run, self.settings = path, run, settings
        self.config, self.every, self.resumed = config, every, False

    def find(self, resume: bool) -> Checkpoint | None:
        r"""The run in the folder, to go on with; None, and a folder, where there is none."""
        if resume:
            return self._read()
        self._refuse_old_run()
        self.path.mkdir(parents=True, exist_ok=True)
        return None

    def start(self, others: list[dict[str, Any]]) -> None:
        r"""Write the state that the run begins or goes on with."""
        _write_metrics(self.path / METRICS, self.run.history, self.run.epoch)
        self.metrics = (self.path / METRICS).open("a", encoding="utf-8")
        self.last = self.run.capture(others)
        self.saved = self.run.epoch if self.resumed else -1
        self.save()

    def record(self, others: list[dict[str, Any]]) -> None:
        r"""Append the epoch's line, keep its state, and save when it is due.

        Before the first epoch, the state that pre-training left is kept.
        """
        epoch = self.run.epoch
        if epoch == 0:
            self.saved = -1  # what the file holds was taken before
        else:
            self.metrics.write(json.dumps(self.run.history.row(epoch)) + "\n")
            self.metrics.flush()
        self.last = self.run.capture(others)
        if epoch % self.every == 0:
            self.save()

    def save(self) -> None:
        r"""Write the state kept, unless the file holds it already."""
        if self.saved == self.last.epoch:
            return
        payload = self.run.payload(self.last) | {"config": self.config}
        payload["training"]["settings"] = self.settings
        write(self.path / CHECKPOINT, **payload)
        self.saved = self.last.epoch

    def close(self) -> None:
        r"""Save the last completed epoch."""
        self.metrics.close()
        self.save()

    def _refuse_old_run(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"out must be a folder, got the file {self.path}")
        old = [name for name in (CHECKPOINT, METRICS) if (self.path / name).exists()]
        if old:
            raise ValueError(
                f"out={str(self.path)!r} holds a run already ({', '.join(old)}): pass resume=True "
                "to go on with it, choose another folder, or delete these files to start afresh"
            )

    def _read(self) -> Checkpoint:
        file = self.path / CHECKPOINT
        if not file.is_file():
            raise ValueError(f"resume=True, but out={str(self.path)!r} holds no {CHECKPOINT}")
        stored = load_checkpoint(file)
        if stored.training is None:
            raise CheckpointError(f"{file} holds weights only; there is no run to resume")
        _check_settings(stored.training["settings"], self.settings)
        self.config = stored.config if self.config is None else self.config
        self.resumed = True
        return stored


def _check_settings(stored: dict[str, Any], given: dict[str, Any]) -> None:
    stored = {"processes": 1} | stored
    for name, value in given.items():
        if value != stored.get(name):
            hint = ""
            if name == "processes":
                hint = "; start as many as it was begun with"
            if name == "schedule_epochs":
                hint = "; to train a cosine schedule in parts, fix its whole length from the start"
            raise ValueError(
                f"{name}={value!r} would change the run to resume, which has "
                f"{name}={stored.get(name)!r}{hint}"
            )


def _write_metrics(path: Path, history: History, epochs: int) -> None:
    # Rewritten from the checkpoint: lines of epochs after it, or half a line, belong to no state.
    lines = [json.dumps(history.row(epoch)) + "\n" for epoch in range(1, epochs + 1)]
    with written_whole(path) as part:
        part.write_text("".join(lines), encoding="utf-8")
