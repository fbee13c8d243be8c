r"""A differentiable sorting network.

Legend: N rows to sort, S entries of each.
"""

import math

import torch
from torch import Tensor

from gcl.checks import check_matrix, check_positive, describe


def soft_rank_share(x: Tensor, ranks: Tensor, *, steepness: float = 1.0) -> Tensor:
    r"""Share of every entry that ascending soft sorting puts on the given ranks.

    The network is odd-even transposition sort: S layers that compare neighbouring positions, those
    starting at 0 and at 1 in turn. A soft comparison of a before b keeps the order to the share
    :math:`\frac{1}{2} + \frac{1}{\pi} \arctan(k (b - a))` (`Cauchy relaxation
    <https://arxiv.org/abs/2203.09630>`_) and swaps to the rest. The layers' product is a doubly
    stochastic matrix [S, S] per row; only its product with the indicator of the ranks is formed, by
    applying the layers in reverse to that vector.

    Args:
        x: values to sort.
        ranks: True for the ranks that are asked for.
        steepness: k > 0; exact sorting as it grows.

    Shapes:
        x [N, S], ranks [S] -> [N, S], entries in [0, 1]

    Raises:
        TypeError, ValueError: for values that are no finite float matrix, ranks of another shape or
            dtype, or a steepness that is not positive.

    Cost:
        O(N S^2) time and memory.

    Example:
        >>> x = torch.tensor([[0.0, 9.0, 5.0]])
        >>> soft_rank_share(x, torch.tensor([False, False, True]), steepness=1e4).round()
        tensor([[0., 1., 0.]])
    """
    check_matrix(x, "x")
    check_positive(steepness, "steepness")
    if not isinstance(ranks, Tensor) or ranks.dtype != torch.bool or ranks.shape != x.shape[1:]:
        raise ValueError(f"ranks must be a mask of shape [{x.size(1)}], got {describe(ranks)}")
    layers = []
    for layer in range(x.size(1)):
        low = torch.arange(layer % 2, x.size(1) - 1, 2, device=x.device)
        keep = 0.5 + torch.atan(steepness * (x[:, low + 1] - x[:, low])) / math.pi
        layers.append((low, keep))
        x = _exchange(x, low, keep)
    share = ranks.to(x.dtype).expand_as(x)
    for low, keep in reversed(layers):
        share = _exchange(share, low, keep)
    return share


def _exchange(x: Tensor, low: Tensor, keep: Tensor) -> Tensor:
    r"""Mix the positions ``low`` and ``low + 1``, by a matrix that is its own transpose."""
    a, b = x[:, low], x[:, low + 1]
    x = x.index_copy(1, low, keep * a + (1 - keep) * b)
    return x.index_copy(1, low + 1, (1 - keep) * a + keep * b)
