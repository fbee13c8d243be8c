r"""Random graphs with communities and any degrees.

Legend: N nodes, C classes, P pairs of nodes that are joined.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_labels, check_probability, describe
from gcl.functional.draws import permutation, uniform

_AT_ONCE = 2**22  # pairs drawn in one go, for the memory
_ROUNDS = 200


def planted_pairs(
    y: Tensor,
    weight: Tensor,
    num_pairs: int,
    homophily: float,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw distinct pairs of nodes from a degree-corrected planted partition (`Karrer and Newman
    2011 <https://arxiv.org/abs/1008.3926>`_).

    A node takes part in proportion to its weight. The share of pairs within one class is exactly
    ``homophily``, up to rounding; no node is joined with itself and no pair is drawn twice, so
    nodes of large weight in small classes end with fewer pairs than their weight says.

    Args:
        y: class of each node, from 0.
        weight: above 0, in proportion to the expected degrees.
        num_pairs: number of pairs P.
        homophily: share of pairs within a class, in [0, 1].
        generator: source of randomness.

    Shapes:
        y and weight [N] -> [2, P], in no particular order or direction

    Raises:
        TypeError, ValueError: for labels or weights of the wrong kind, or more pairs than the
            classes hold.

    Cost: O(P log N) time in chunks, O(N + P) memory.

    Example:
        >>> y = torch.tensor([0, 0, 1, 1])
        >>> pairs = planted_pairs(y, torch.ones(4), 2, 1.0)
        >>> sorted(pairs.sum(dim=0).tolist())
        [1, 5]
    """
    check_labels(y, len(y))
    if not isinstance(weight, Tensor) or weight.shape != y.shape or not bool((weight > 0).all()):
        raise ValueError(f"weight must be [{len(y)}] and above 0, got {describe(weight)}")
    check_int(num_pairs, "num_pairs")
    order = y.argsort(stable=True)
    classes = _Classes(y[order], weight[order].double())
    within = round(check_probability(homophily, "homophily") * num_pairs)
    parts = [
        _distinct(classes, count, same, generator)
        for count, same in ((within, True), (num_pairs - within, False))
    ]
    low, high = (torch.cat(ends) for ends in zip(*parts, strict=True))
    swap = uniform(num_pairs, low.device, generator) < 0.5
    return order[torch.stack([torch.where(swap, high, low), torch.where(swap, low, high)])]


class _Classes:
    r"""Nodes in the order of their classes, on a line where each covers its weight."""

    def __init__(self, y: Tensor, weight: Tensor) -> None:
        self.y, self.end = y, weight.cumsum(0)
        sizes = torch.bincount(y)
        stop = sizes.cumsum(0)
        total = torch.cat([self.end.new_zeros(1), self.end])
        self.low, self.high = total[stop - sizes], total[stop]
        same = int((sizes * (sizes - 1) // 2).sum())
        self.capacity = {True: same, False: len(y) * (len(y) - 1) // 2 - same}

    def draw(self, count: int, same: bool, generator: torch.Generator | None) -> Tensor:
        r"""Codes N low + high of ``count`` pairs, some perhaps of a node with itself."""
        first, second = uniform((2, count), self.y.device, generator, torch.float64)
        one = self._node(first * self.end[-1])
        low, high = self.low[self.y[one]], self.high[self.y[one]]
        if same:
            two = self._node(low + second * (high - low))
        else:
            spot = second * (self.end[-1] - (high - low))
            two = self._node(torch.where(spot < low, spot, spot + (high - low)))
        fits = ((self.y[one] == self.y[two]) == same) & (one != two)  # rounding may miss the class
        one, two = one[fits], two[fits]
        return torch.minimum(one, two) * len(self.y) + torch.maximum(one, two)

    def _node(self, spot: Tensor) -> Tensor:
        return torch.searchsorted(self.end, spot, right=True).clamp_(max=len(self.y) - 1)


def _distinct(
    classes: _Classes, count: int, same: bool, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    r"""The two ends of exactly ``count`` different pairs, [count] each, lower one first."""
    where = "within classes" if same else "between classes"
    if count > classes.capacity[same]:
        raise ValueError(f"{count} pairs {where} are too many: there are {classes.capacity[same]}")
    codes = torch.empty(0, dtype=torch.long, device=classes.y.device)
    for _ in range(_ROUNDS):
        missing = count - len(codes)
        if missing <= 0:
            break
        # A tenth more than needed, since some will be drawn again.
        sizes = [_AT_ONCE] * (missing // _AT_ONCE) + [missing % _AT_ONCE + missing // 10 + 64]
        fresh = [classes.draw(size, same, generator) for size in sizes]
        codes = torch.cat([codes, *fresh]).unique()
    if len(codes) < count:
        raise ValueError(
            f"{count} pairs {where} are too many for these weights: the likely pairs, "
            f"{len(codes)} of {classes.capacity[same]}, are all taken"
        )
    if len(codes) > count:
        kept = permutation(len(codes), codes.device, generator)[:count]
        codes = codes[kept.sort().values]
    return codes // len(classes.y), codes % len(classes.y)
