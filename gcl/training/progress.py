r"""A progress bar on stderr that costs nothing between its few refreshes a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gcl.functional.processes import rank
from gcl.training.run import Run

PERIOD = 0.1  # seconds between updates: an epoch may take less than one redraw


@contextmanager
def progress_bar(epochs: int, run: Run, shown: bool | None) -> Iterator[Callable[[], None]]:
    r"""Show epoch, loss and probe; yields what to call at the end of each epoch.

    Args:
        epochs: where the bar ends.
        run: what is trained.
        shown: whether to show a bar; None shows one if stderr is a terminal. Of several processes,
            only the first shows one.
    """
    if rank() or not (sys.stderr.isatty() if shown is None else shown):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), refresh_per_second=4
    ) as bar:
        task = bar.add_task("", total=epochs, completed=run.epoch)
        drawn = 0.0

        def show() -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= PERIOD or run.epoch == epochs:
                bar.update(task, completed=run.epoch, description=_describe(run))
                drawn = now

        yield show
        bar.update(task, completed=run.epoch, description=_describe(run))


def _describe(run: Run) -> str:
    history = run.history
    loss = f"loss {history.losses[-1]:.4f}" if history.losses else ""
    if not history.probes:
        return loss
    return f"{loss}  probe {next(reversed(history.probes.values())):.4f}"
