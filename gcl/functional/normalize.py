r"""Row normalisation with a defined gradient at the origin.

Legend: N rows, D width.
"""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    r"""Return ``x`` in float32 if its dtype is narrower, else unchanged."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def unit_rows(x: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Scale every row of ``x`` to unit Euclidean length; a row shorter than ``eps`` becomes zero.

    A zero row has no direction: it gets similarity 0 to every other row and no gradient, where
    dividing by a small constant instead would send it a gradient of :math:`1 / \epsilon`. Half
    precision is widened to float32.

    Args:
        x: rows to scale.
        eps: length below which a row counts as zero.

    Shapes:
        x [N, D] -> [N, D]
    """
    x = at_least_float32(x)
    norm = x.norm(dim=1, keepdim=True)
    return x * torch.where(norm > eps, norm.clamp_min(eps).reciprocal(), 0.0)
