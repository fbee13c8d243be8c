r"""Features that stay in their file: an array that is mapped into memory, not read.

Legend: N nodes, D width.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_BLOCK = 2**24  # numbers that are checked at a time


def map_features(path: Path) -> Tensor:
    r"""Map the matrix [N, D] of a ``.npy`` file into memory, after one look at all of it.

    The tensor reads from the file what is used of it, and the system may forget that again. It is
    not to be written to: what is written stays in this process. Nothing may change the file.

    Raises:
        ValueError: unless the file holds a matrix of finite float32 numbers, row by row.
    """
    try:
        array = np.load(path, mmap_mode="c", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{path} cannot be mapped as an array of numbers: {error}") from error
    if array.ndim != 2 or array.dtype != np.float32 or not array.flags.c_contiguous:
        raise ValueError(
            f"{path} must hold a matrix of float32, row by row, to be mapped into memory; got "
            f"shape {list(array.shape)} and dtype {array.dtype}: np.save(path, "
            "np.ascontiguousarray(x, np.float32))"
        )
    _check_finite(path, array.shape, array.offset)
    return torch.from_numpy(array)


def _check_finite(path: Path, shape: tuple[int, ...], offset: int) -> None:
    r"""Read the file in blocks beside the map, whose pages would count as memory of the process."""
    rows, width = shape
    step = max(_BLOCK // max(width, 1), 1)
    with path.open("rb") as file:
        file.seek(offset)
        for first in range(0, rows, step):
            count = min(step, rows - first) * width
            block = np.fromfile(file, np.float32, count).reshape(-1, width)
            bad = np.argwhere(~np.isfinite(block))
            if len(bad):
                row, column = bad[0]
                value = block[row, column]
                raise ValueError(f"{path}: {value} at row {first + row}, column {column}")
