r"""The size of the streamed blocks, from the cache of the processor or the memory of the device."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import torch

# Where the system does not tell: a cache of a megabyte for each core, a device of 16 GB.
_CACHE, _MEMORY = 2**20, 2**34
# From half a megabyte to four, blocks took the same time within a few per cent on cores with one
# megabyte of cache; at sixteen they took a sixth longer. Small ones waste less on the diagonal.
_LEAST, _MOST = 2**19, 2**22
_TINY = 2**12  # smaller ones are all overhead
_limit: ContextVar[int] = ContextVar("limit", default=2**62)


def block_shape(
    device: torch.device, dtype: torch.dtype, *, limit: int | None = None
) -> tuple[int, int]:
    r"""Rows and columns of a block, powers of 2; the same at every call on one machine.

    A block takes at most ``limit`` bytes, those of :func:`limited_blocks` around it if None.

    On a CPU a block is at most twice as large as the second cache of a core, and twice as high as
    wide: a panel of columns then serves many rows, and adding up columns is cheap. Elsewhere it
    takes at most 1/256 of all memory of the device: few large products fill the units of a GPU,
    and backward holds two blocks.

    Example:
        >>> height, width = block_shape(torch.device("cpu"), torch.float32)
        >>> height == 2 * width
        True
    """
    size = torch.finfo(dtype).bits // 8
    most = max(_limit.get() if limit is None else limit, _TINY) // size
    if device.type == "cpu":
        entries = min(min(max(2 * _second_cache(), _LEAST), _MOST) // size, most)
        width = _power(math.sqrt(entries / 2))
        return 2 * width, width
    edge = _power(math.sqrt(_memory(device) / 256 / size))
    edge = min(max(edge, 1024), 8192, _power(math.sqrt(most)))
    return edge, edge


@contextmanager
def limited_blocks(limit: int | None) -> Iterator[None]:
    r"""Blocks of at most ``limit`` bytes inside; as they are elsewhere if None.

    Example:
        >>> with limited_blocks(2**14):
        ...     block_shape(torch.device("cpu"), torch.float32)
        (64, 32)
    """
    token = _limit.set(_limit.get() if limit is None else limit)
    try:
        yield
    finally:
        _limit.reset(token)


def _power(x: float) -> int:
    r"""The largest power of 2 that is not above x."""
    return 2 ** int(math.log2(x))


@cache
def _second_cache() -> int:
    try:
        return os.sysconf("SC_LEVEL2_CACHE_SIZE") or _CACHE
    except (AttributeError, OSError, ValueError):  # not on this system
        return _CACHE


def _memory(device: torch.device) -> int:
    if device.type != "cuda":
        return _MEMORY
    return int(torch.cuda.get_device_properties(device).total_memory)
