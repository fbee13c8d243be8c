r"""Random graphs with communities within communities and any degrees.

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
    local: float = 0.0,
    block_size: int = 256,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw distinct pairs of nodes from a degree-corrected planted partition (`Karrer and Newman
    2011 <https://arxiv.org/abs/1008.3926>`_), on two levels if asked for.

    A node takes part in proportion to its weight. The share of pairs within one class is exactly
    ``homophily``, up to rounding; no node is joined with itself and no pair is drawn twice, so
    nodes of large weight in small classes end with fewer pairs than their weight says.

    With ``local`` above 0, classes consist of blocks of ``block_size`` nodes, and about that share
    of the pairs within classes joins nodes of one block: less for nodes of a large weight, of which
    a block can serve a quarter of its size, and the rest falls to the class.

    Args:
        y: class of each node, from 0.
        weight: above 0, in proportion to the expected degrees.
        num_pairs: number of pairs P.
        homophily: share of pairs within a class, in [0, 1].
        local: share of these within a block, in [0, 1].
        block_size: nodes of a block, 2 or more.
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
    check_probability(homophily, "homophily")
    check_probability(local, "local")
    order = y.argsort(stable=True)
    degree = weight[order].double() * (2 * num_pairs / weight.double().sum())
    near = (local * homophily * degree).clamp(max=check_int(block_size, "block_size", 2) / 4)
    within, inside = round(homophily * num_pairs), round(float(near.sum()) / 2)
    inside = min(inside, within)
    classes, own = _ranges(y[order]), torch.arange(len(y), device=y.device)
    blocks, alone = _blocks(classes, block_size), (own, own + 1)
    middle = blocks if inside else alone
    everyone = torch.zeros_like(own), torch.full_like(own, len(y))
    parts = [
        _distinct(_Level(near, blocks, alone), inside, "within blocks", generator),
        _distinct(
            _Level(homophily * degree - near, classes, middle),
            within - inside,
            "within classes",
            generator,
        ),
        _distinct(
            _Level(degree, everyone, classes), num_pairs - within, "between classes", generator
        ),
    ]
    low, high = (torch.cat(ends) for ends in zip(*parts, strict=True))
    swap = uniform(num_pairs, low.device, generator) < 0.5
    return order[torch.stack([torch.where(swap, high, low), torch.where(swap, low, high)])]


Range = tuple[Tensor, Tensor]  # for each node the first and the last but one of its group: [N] each


def _ranges(label: Tensor) -> Range:
    r"""The range of each node's group, for labels in ascending order."""
    sizes = torch.bincount(label)
    stop = sizes.cumsum(0)
    return (stop - sizes)[label], stop[label]


def _blocks(classes: Range, size: int) -> Range:
    r"""Ranges of ``size`` nodes within each class, the last perhaps shorter."""
    start, stop = classes
    first = start + (torch.arange(len(start), device=start.device) - start) // size * size
    return first, torch.minimum(first + size, stop)


class _Level:
    r"""Pairs of a node with one of its outer group that is not of its inner group.

    Nodes stand in the order of the groups, on a line where each covers its weight.
    """

    def __init__(self, weight: Tensor, outer: Range, inner: Range) -> None:
        self.end = weight.clamp(min=0).cumsum(0)
        self.line = torch.cat([self.end.new_zeros(1), self.end])
        self.outer, self.inner = outer, inner
        self.capacity = int(((outer[1] - outer[0]) - (inner[1] - inner[0])).sum()) // 2

    def draw(self, count: int, generator: torch.Generator | None) -> Tensor:
        r"""Codes N low + high of at most ``count`` pairs."""
        first, second = uniform((2, count), self.end.device, generator, torch.float64)
        one = self._node(first * self.end[-1])
        low, high = (self.line[edge[one]] for edge in self.outer)
        hole, back = (self.line[edge[one]] for edge in self.inner)
        spot = low + second * ((high - low) - (back - hole))
        two = self._node(torch.where(spot < hole, spot, spot + (back - hole)))
        # Rounding, or an empty group, may miss.
        fits = (two >= self.outer[0][one]) & (two < self.outer[1][one])
        fits &= (two < self.inner[0][one]) | (two >= self.inner[1][one])
        one, two = one[fits], two[fits]
        return torch.minimum(one, two) * len(self.end) + torch.maximum(one, two)

    def _node(self, spot: Tensor) -> Tensor:
        return torch.searchsorted(self.end, spot, right=True).clamp_(max=len(self.end) - 1)


def _distinct(
    level: _Level, count: int, where: str, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    r"""The two ends of exactly ``count`` different pairs, [count] each, lower one first."""
    if count > level.capacity:
        raise ValueError(f"{count} pairs {where} are too many: there are {level.capacity}")
    codes = torch.empty(0, dtype=torch.long, device=level.end.device)
    for _ in range(_ROUNDS):
        missing = count - len(codes)
        if missing <= 0:
            break
        # A tenth more than needed, since some will be drawn again.
        sizes = [_AT_ONCE] * (missing // _AT_ONCE) + [missing % _AT_ONCE + missing // 10 + 64]
        codes = torch.cat([codes, *(level.draw(size, generator) for size in sizes)]).unique()
    if len(codes) < count:
        raise ValueError(
            f"{count} pairs {where} are too many for these weights: the likely pairs, "
            f"{len(codes)} of {level.capacity}, are all taken"
        )
    if len(codes) > count:
        kept = permutation(len(codes), codes.device, generator)[:count]
        codes = codes[kept.sort().values]
    return codes // len(level.end), codes % len(level.end)
