r"""Class numbers for labels of any kind.

Legend: N nodes.
"""

import numpy as np
import torch
from torch import Tensor


def number_labels(values: np.ndarray) -> Tensor:
    r"""Number labels from 0 in sorted order (as numbers if all are whole); -1 stays -1.

    Args:
        values: labels as whole numbers or words.

    Shapes:
        values [N] -> [N] int64.

    Raises:
        ValueError: for a whole number below -1.
    """
    try:
        values = values.astype(np.int64)
    except ValueError:
        values = values.astype(str)
    if values.dtype == np.int64 and values.min(initial=0) < -1:
        raise ValueError(f"labels must be -1 (unlabelled) or above, got {values.min()}")
    known = values.astype(str) != "-1"
    y = np.full(len(values), -1, dtype=np.int64)
    y[known] = np.unique(values[known], return_inverse=True)[1]
    return torch.from_numpy(y)
