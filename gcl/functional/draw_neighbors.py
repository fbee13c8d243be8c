r"""Random neighbours of many nodes at once, at a cost that does not depend on their degrees.

Legend: F nodes whose neighbours are drawn, k the number wanted for each, E the number drawn.
"""

import torch
from torch import Tensor

from gcl.functional.draws import uniform

ALL = -1  # the count that stands for every neighbour


def draw_neighbors(
    start: Tensor,
    nodes: Tensor,
    count: int,
    *,
    replace: bool = False,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Draw up to ``count`` entries from the row of each node in a matrix that is stored by rows.

    Without replacement, a row of at most ``count`` entries is taken whole, and of a longer one each
    subset of ``count`` is equally likely (Floyd's algorithm, for all rows at once: Bentley and
    Floyd, `A sample of brilliance <https://doi.org/10.1145/30401.315746>`_). With replacement,
    every entry of a row is drawn ``count`` times independently.

    Args:
        start: place of the first entry of each row, and the number of entries.
        nodes: the rows.
        count: how many, 0 or more, or -1 for all.
        replace: whether an entry may be drawn several times.
        generator: source of randomness.

    Shapes:
        start [N + 1], nodes [F] -> [E], [E]

    Returns:
        The places of the entries, row by row and ascending within a row; and for each of them the
        position of its row in ``nodes``.

    Cost: O(E k) time, O(E) memory; a row's length does not matter, unless all of it is drawn.

    Example:
        >>> draw_neighbors(torch.tensor([0, 2, 2, 5]), torch.tensor([0, 1, 2]), 3)
        (tensor([0, 1, 2, 3, 4]), tensor([0, 0, 2, 2, 2]))
    """
    first, degree = start[nodes].long(), (start[nodes + 1] - start[nodes]).long()
    if count == ALL:
        taken, drawn = degree, torch.zeros_like(degree, dtype=torch.bool)
    elif replace:
        taken, drawn = (degree > 0) * count, degree > 0
    else:
        taken, drawn = degree.clamp(max=count), degree > count
    owner = torch.arange(len(nodes), device=nodes.device).repeat_interleave(taken)
    begin = taken.cumsum(0) - taken
    offset = torch.arange(len(owner), device=nodes.device) - begin[owner]
    rows = drawn.nonzero().view(-1)
    if len(rows) and count:
        draw = _with_replacement if replace else _distinct
        places = begin[rows].unsqueeze(1) + torch.arange(count, device=nodes.device)
        offset[places] = draw(degree[rows], count, generator)
    return first[owner] + offset, owner


def _with_replacement(degree: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    draw = uniform((len(degree), count), degree.device, generator, torch.float64)
    return (draw * degree.unsqueeze(1)).long().sort(dim=1).values


def _distinct(degree: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    r"""For each row ``count`` distinct numbers below its degree, in ascending order: [F, k]."""
    draw = uniform((count, len(degree)), degree.device, generator, torch.float64)
    chosen = torch.empty(count, len(degree), dtype=torch.long, device=degree.device)
    for i in range(count):
        last = degree - count + i
        pick = (draw[i] * (last + 1)).long()
        # A number that is taken already stands for the last one, which cannot be.
        taken = (chosen[:i] == pick).any(dim=0)
        chosen[i] = torch.where(taken, last, pick)
    return chosen.t().sort(dim=1).values
