r"""The loss of SUGRL: two positives, random negatives, and a bound on their distance.

Legend: N rows, D width, K permutations.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gcl.checks import check_choice, check_int, check_non_negative, check_pair, describe
from gcl.functional.normalize import at_least_float32


class Multiplet(nn.Module):
    r"""Ask for positives to lie nearer than negatives by a margin, and for negatives not to flee.

    See :class:`~gcl.methods.SUGRL` for the formula. Distances are Euclidean, of rows as they are.

    Args:
        weights: of the structural positive, the neighbours' mean, and the bound.
        margins: between positive and negative, and from there to the bound.
        num_negatives: K permutations of the anchors.
        bound: ``"sum"`` or ``"mean"`` of the bound over nodes.
    """

    def __init__(
        self,
        weights: Sequence[float],
        margins: Sequence[float],
        num_negatives: int,
        bound: str = "sum",
    ) -> None:
        super().__init__()
        self.weights = _numbers(weights, "weights", 3)
        self.margins = _numbers(margins, "margins", 2)
        self.num_negatives = check_int(num_negatives, "num_negatives", minimum=1)
        self.bound = check_choice(bound, "bound", ("sum", "mean"))

    def forward(self, h: Tensor, structural: Tensor, neighbor: Tensor) -> Tensor:
        r"""Return the loss of anchors and their two positives, [N, D] each -> scalar."""
        check_pair(h, structural, ("h", "structural"))
        check_pair(h, neighbor, ("h", "neighbor"))
        h, structural, neighbor = map(at_least_float32, (h, structural, neighbor))
        near, low = self.margins[0], sum(self.margins)
        orders = [torch.randperm(len(h), device=h.device) for _ in range(self.num_negatives)]
        negative = torch.stack([distance(h, h[order]) for order in orders])  # [K, N]
        d_structural, d_neighbor = distance(h, structural), distance(h, neighbor)  # [N]
        first, second, third = self.weights
        loss = first * (d_structural - negative + near).relu().sum(0).mean()
        loss = loss + second * (d_neighbor - negative + near).relu().sum(0).mean()
        over = (negative - d_structural.detach() - low).relu()  # [K, N]
        return loss + third * (over.sum(1) if self.bound == "sum" else over.mean(1)).mean()

    def extra_repr(self) -> str:
        r"""Show the parameters."""
        own = f"weights={self.weights}, margins={self.margins}"
        return f"{own}, num_negatives={self.num_negatives}, bound={self.bound!r}"


def distance(a: Tensor, b: Tensor) -> Tensor:
    r"""Euclidean distance of rows, with gradient 0 where they are equal: [N, D], [N, D] -> [N]."""
    return (a - b).norm(dim=1)


def _numbers(values: Sequence[float], name: str, count: int) -> tuple[float, ...]:
    if not isinstance(values, tuple | list) or len(values) != count:
        raise ValueError(f"{name} must hold {count} numbers, got {describe(values)}")
    return tuple(check_non_negative(value, name) for value in values)
