r"""Checks of losses that take any number of views.

Legend: M views, N rows of each view, D width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.checks import check_pair, describe
from gcl.functional.normalize import unit_rows

Views = Tensor | Sequence[Tensor]


def unit_views(views: Views, *, minimum: int, use: str) -> Tensor:
    r"""Stack views and scale their rows to unit length: [M, N, D].

    Args:
        views: a tensor [M, N, D], or a list or tuple of M matrices [N, D].
        minimum: least number of views.
        use: what the error recommends for fewer views.
    """
    if not isinstance(views, Tensor | list | tuple):
        raise TypeError(
            f"views must be a list of matrices [N, D] or a tensor [M, N, D], got {describe(views)}"
        )
    if isinstance(views, Tensor) and views.dim() != 3:
        raise ValueError(f"views must have 3 dimensions [M, N, D], got {describe(views)}")
    if len(views) < minimum:
        raise ValueError(f"views must hold {minimum} views or more, got {len(views)}; {use}")
    for k in range(1, len(views)):
        check_pair(views[0], views[k], ("views[0]", f"views[{k}]"))
    z = views if isinstance(views, Tensor) else torch.stack(list(views))
    return unit_rows(z.flatten(0, 1)).view(z.shape)


def check_several_rows(z: Tensor) -> None:
    r"""Raise unless the views [M, N, D] have a second row, which can be a negative."""
    if z.size(1) < 2:
        raise ValueError(f"views must have 2 rows or more to hold a negative, got {z.size(1)}")
