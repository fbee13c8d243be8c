r"""Numbers too small for full precision, which processors add and multiply far more slowly.

Weights of units that never fire get no gradient, and weight decay halves them until they are
denormal (below 10^-38 in float32). Products of matrices with such weights take many times as long,
for entries that change nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def denormals_as_zero() -> Iterator[None]:
    r"""Let this thread, and threads that it starts, take denormal numbers as 0 on the CPU.

    Threads of PyTorch that run already go on as they were: enter this before the first parallel
    operation, or call ``torch.set_flush_denormal(True)`` at the top of a script. Where a processor
    has no such mode nothing changes.

    Example:
        >>> with denormals_as_zero():
        ...     torch.full((1,), 1e-40) * 0.5
        tensor([0.])
    """
    before = takes_denormals_as_zero()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def takes_denormals_as_zero() -> bool:
    r"""Whether this thread does."""
    return (torch.full((1,), 1e-40) * 0.5).item() == 0.0
