r"""Class numbers for labels of any kind.

Legend: N nodes.
"""

import numpy as np
import torch
from torch import Tensor


def number_labels(values: np.ndarray) -> Tensor:
    r"""Number labels from 0 in sorted order (as numbers if all are whole); -1 stays -1.

    Args:
        values: labels as whole numbers or words. Numbers may be written as ``2.0``, and ``nan`` is
            no label then: so a table is stored whose column of whole numbers has gaps.

    Shapes:
        values [N] -> [N] int64.

    Raises:
        ValueError: for a number that is below -1, not whole, or too large for int64.
    """
    values = _numbers_or_words(values)
    if values.dtype == np.int64 and values.min(initial=0) < -1:
        raise ValueError(f"labels must be -1 (unlabelled) or above, got {values.min()}")
    known = values.astype(str) != "-1"
    y = np.full(len(values), -1, dtype=np.int64)
    y[known] = np.unique(values[known], return_inverse=True)[1]
    return torch.from_numpy(y)


def _numbers_or_words(values: np.ndarray) -> np.ndarray:
    r"""Labels as int64, -1 for NaN, if all of them are numbers; else as text."""
    try:
        return values.astype(np.int64)
    except OverflowError as error:
        raise ValueError(f"labels must fit into int64: {error}") from error
    except ValueError:
        pass  # some are no whole numbers
    try:
        numbers = values.astype(np.float64)
    except ValueError:
        return values.astype(str)
    missing = np.isnan(numbers)
    bad = ~missing & ((numbers != np.round(numbers)) | (np.abs(numbers) >= 2**53))
    if bad.any():
        raise ValueError(f"labels must be whole numbers or words, got {numbers[bad][0]}")
    return np.where(missing, -1.0, numbers).astype(np.int64)
