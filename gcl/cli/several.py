r"""``gcl train`` in the processes that ``torchrun`` starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gcl.cli.failures import FailedError, Interrupted
from gcl.cli.run_folder import left_behind, written_at
from gcl.cli.terminal import say
from gcl.functional.processes import ProcessError, rank
from gcl.training.distributed import launched, process_group


@contextmanager
def joined(device: str | None, out: Path) -> Iterator[str | None]:
    r"""Train inside: alone on ``device``, or with the other processes if there are any.

    An end before its time says what it has left in ``out``, and how to go on.

    Yields:
        The device of this process.

    Raises:
        Interrupted: on Ctrl-C.
        FailedError: if another process has failed.
        ValueError: if the environment contradicts itself.
    """
    first, before = True, written_at(out)
    try:
        if not launched():
            yield device
            return
        with process_group(device or "cpu") as launch:
            first = launch.rank == 0
            yield str(launch.device)
    except KeyboardInterrupt as error:
        left = left_behind(out, device, start(), before=before) if first else ""
        raise Interrupted(left) from error
    except ProcessError as error:
        left = f"\n{left_behind(out, device, start())}" if first else ""
        raise FailedError(f"{error}{left}") from error


def start() -> list[str]:
    r"""The words that start the command as it was started."""
    if not launched():
        return ["gcl"]
    count = os.environ.get("LOCAL_WORLD_SIZE", os.environ["WORLD_SIZE"])
    return ["torchrun", f"--nproc-per-node={count}", "-m", "gcl"]


def announce(text: str) -> None:
    r"""Tell on stderr what is going on, once for all processes."""
    if rank() == 0:
        say(text)
