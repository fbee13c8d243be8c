r"""Several positives for each anchor.

Legend: N anchors, K further positives of each, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_matrix, describe
from gcl.functional.normalize import unit_rows


def with_positives(v: Tensor, positives: Tensor | None) -> Tensor:
    r"""The unit rows ``v`` and further positives, scaled to unit length: [N, 1 + K, D]."""
    if positives is None:
        return v[:, None]
    if not isinstance(positives, Tensor):
        raise TypeError(f"positives must be a tensor [N, K, D] or None, got {describe(positives)}")
    n, width = v.shape
    if positives.dim() != 3 or positives.size(0) != n or positives.size(2) != width:
        raise ValueError(f"positives must have shape [{n}, K, {width}], got {describe(positives)}")
    rows = check_matrix(positives.flatten(0, 1), "positives")
    further = unit_rows(rows).to(v.dtype).view(positives.shape)
    return torch.cat([v[:, None], further], dim=1)
