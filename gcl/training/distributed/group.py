r"""The group of processes that ``torchrun`` started."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed

from gcl.checks import check_positive
from gcl.training.distributed.environment import Launch, read_launch
from gcl.training.distributed.signals import end_at_once, leave_on_sigterm


@contextmanager
def process_group(device: str | None = None, *, timeout: float = 1800.0) -> Iterator[Launch]:
    r"""Join the group of processes that ``torchrun`` describes in the environment, and leave it.

    Inside, :func:`gcl.training.fit` trains in all processes together. Messages go through gloo on
    the CPU and through NCCL on CUDA, where each process takes the device of its number on the
    machine. SIGTERM, which ``torchrun`` sends to all when one process has died, ends the block of
    the first process by SystemExit, so that what it has to save is saved; Ctrl-C ends it by
    KeyboardInterrupt. The others, which save nothing, are ended at once by either.

    Args:
        device: ``"cpu"`` or ``"cuda"``; CUDA if it is there, else the CPU, if None.
        timeout: seconds after which a process gives up waiting for the others.

    Yields:
        Which process this is, and its device.

    Raises:
        ValueError: if the environment does not say which process this is, or names more processes
            than the machine has devices.
        RuntimeError: inside another group.

    Example:
        >>> from gcl.training.distributed import launched
        >>> launched()  # by torchrun, as one of several processes
        False
    """
    if not distributed.is_available():
        raise RuntimeError("this build of torch cannot train in several processes")
    if distributed.is_initialized():
        raise RuntimeError("this process belongs to a group already; leave it first")
    launch, wait = read_launch(device), check_positive(timeout, "timeout")
    if launch.device.type == "cuda":
        torch.cuda.set_device(launch.device)
    distributed.init_process_group(launch.backend, timeout=timedelta(seconds=wait))
    try:
        with end_at_once() if launch.rank else leave_on_sigterm():
            yield launch
    except BaseException:
        if launch.backend == "gloo":  # closes connections: the others notice. NCCL would wait
            distributed.destroy_process_group()
        raise
    distributed.destroy_process_group()
