r"""Different whole numbers below a bound, drawn for many rows at once.

Legend: R rows, W numbers of the longest row.
"""

import torch
from torch import Tensor

from gcl.checks import describe
from gcl.functional.draws import uniform


def draw_distinct(
    high: Tensor, count: Tensor, *, generator: torch.Generator | None = None
) -> Tensor:
    r"""Draw ``count`` different numbers in [0, ``high``) for each row, in random order.

    Every set and every order of it is equally likely. This is Floyd's algorithm (`Bentley and Floyd
    1987 <https://doi.org/10.1145/30401.315746>`_) on all rows side by side: its s-th number is
    uniform in [0, high - count + s], or that last number itself if the first is there already.
    Neither a permutation of ``high`` numbers nor rejection is needed, however close count is to
    high.

    Args:
        high: bound of each row.
        count: how many numbers each row gets, from 0 to its bound.
        generator: source of randomness; torch's global generator if None.

    Shapes:
        high [R], count [R], both int64 -> [R, W]; -1 fills rows of fewer than W numbers

    Raises:
        TypeError, ValueError: for tensors that are no vectors of whole numbers of one length, or a
            count below 0 or above its bound.

    Cost:
        O(R W^2) comparisons in W steps, O(R W) memory.

    Example:
        >>> draw_distinct(torch.tensor([3, 1]), torch.tensor([3, 1])).sort().values
        tensor([[ 0,  1,  2],
                [-1, -1,  0]])
    """
    _check_counts(high, count)
    width = int(count.max()) if len(count) else 0
    draws = uniform((2, width, len(high)), high.device, generator, torch.float64)
    found = high.new_full((width, len(high)), -1)
    for step in range(width):
        last = high - count + step
        drawn = torch.minimum((draws[0, step] * (last + 1)).long(), last)
        known = (found[:step] == drawn).any(0)
        found[step] = torch.where(known, last, drawn)
    blank = torch.arange(width, device=high.device)[:, None] >= count
    # Floyd's order is not random: later numbers tend to be larger.
    order = draws[1].masked_fill_(blank, torch.inf).t().argsort(1)
    return found.masked_fill_(blank, -1).t().gather(1, order)


def _check_counts(high: Tensor, count: Tensor) -> None:
    for name, value in (("high", high), ("count", count)):
        if not isinstance(value, Tensor) or value.dtype != torch.int64 or value.dim() != 1:
            raise TypeError(f"{name} must be an int64 tensor [R], got {describe(value)}")
    if len(high) != len(count):
        raise ValueError(f"count must have shape [{len(high)}], got {describe(count)}")
    bad = ((count < 0) | (count > high)).nonzero()
    if len(bad):
        row = int(bad[0])
        raise ValueError(
            f"count must be from 0 to high, got {int(count[row])} of {int(high[row])} in row {row}"
        )
