r"""What several processes need to share the batches of one loader.

Legend: R processes.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from gcl.checks import check_int


class Share(NamedTuple):
    r"""What one process gets of a batch.

    Attributes:
        batch: what to train on.
        rows: how many of its rows are this process' own; 0 for a batch too small for all: what
            this process then holds stands in for a share, and counts nowhere.
    """

    batch: Any
    rows: int


def own_part(items: Tensor, rank: int, size: int) -> tuple[Tensor, bool]:
    r"""The items of one process, and whether they are its own.

    The parts are consecutive, differ by one item at most, and begin with the larger ones. Where
    nothing is left for a process it gets all items, to stand in with.

    Args:
        items: of a batch, along the last dimension.
        rank: number of the process, from 0.
        size: number of processes R.
    """
    part = items.tensor_split(size, dim=-1)[rank]
    return (part, True) if part.size(-1) else (items, False)


def check_shares(rank: int, size: int, batch_size: int) -> None:
    r"""Raise unless every process gets an item of a full batch."""
    check_int(size, "size", minimum=1)
    if check_int(rank, "rank") >= size:
        raise ValueError(f"rank must be below size={size}, got {rank}")
    if batch_size < size:
        raise ValueError(
            f"batch_size must be at least the number of processes: it is that of all together, "
            f"got {batch_size} for {size} processes"
        )


def fingerprint(numbers: Tensor) -> float:
    r"""A number for whole ``numbers`` of any shape, most likely another one for any others."""
    flat = numbers.detach().cpu().reshape(-1).long()
    place = torch.arange(1, len(flat) + 1) * 2_654_435_761
    return float((int(((flat + 1) * place).sum()) + len(flat)) % 2**53)  # a float holds 53 bits
