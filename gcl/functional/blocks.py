r"""The size of the streamed blocks, from the cache of the processor or the memory of the device."""

import math
import os
from functools import cache

import torch

# Where the system does not tell: a cache of a megabyte for each core, a device of 16 GB.
_CACHE, _MEMORY = 2**20, 2**34
# From half a megabyte to four, blocks took the same time within a few per cent on cores with one
# megabyte of cache; at sixteen they took a sixth longer. Small ones waste less on the diagonal.
_LEAST, _MOST = 2**19, 2**22


def block_shape(device: torch.device, dtype: torch.dtype) -> tuple[int, int]:
    r"""Rows and columns of a block, powers of 2; the same at every call on one machine.

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
    if device.type == "cpu":
        entries = min(max(2 * _second_cache(), _LEAST), _MOST) // size
        width = _power(math.sqrt(entries / 2))
        return 2 * width, width
    edge = _power(math.sqrt(_memory(device) / 256 / size))
    edge = min(max(edge, 1024), 8192)
    return edge, edge


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
