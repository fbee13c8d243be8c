r"""Sketches of embeddings as an augmentation after the encoder.

Legend: N rows, D width, K rows of a sketch.
"""

import torch
from torch import Tensor, nn

from gcl.checks import check_pair, check_positive, check_probability
from gcl.functional.sketch import sketch_rows


class FeatureSketch(nn.Module):
    r"""Replace the rows of two embeddings by random mixtures, row for row the same in both.

    .. math::
        \tilde h_1 = P_1 h_1, \qquad \tilde h_2 = P_2 h_2, \qquad
        P_2 = \rho P_1 + \sqrt{1 - \rho^2} P'

    with independent Gaussian P of variance 1 / K: each sketch keeps the covariance of its
    embedding on average (:func:`gcl.functional.sketch_rows`). With :math:`\rho = 1` both share P.

    Args:
        ratio: K / N above 0; K is rounded down, and at least 1.
        correlation: :math:`\rho` in [0, 1].

    Shapes:
        h1 [N, D], h2 [N, D] -> [K, D], [K, D]

    Cost: O(K N D) time, O(K D) memory.

    Example:
        >>> first, second = FeatureSketch(ratio=0.5)(torch.eye(4), torch.eye(4))
        >>> first.shape, torch.equal(first, second)
        (torch.Size([2, 4]), True)
    """

    def __init__(self, ratio: float, correlation: float = 1.0) -> None:
        super().__init__()
        self.ratio = check_positive(ratio, "ratio")
        self.correlation = check_probability(correlation, "correlation")

    def forward(self, h1: Tensor, h2: Tensor) -> tuple[Tensor, Tensor]:
        r"""Return a sketch of each."""
        check_pair(h1, h2, ("h1", "h2"))
        num_rows = max(1, int(self.ratio * len(h1)))
        first, second = sketch_rows(torch.cat([h1, h2], 1), num_rows).split(h1.size(1), 1)
        if self.correlation < 1:
            other = sketch_rows(h2, num_rows)
            second = self.correlation * second + (1 - self.correlation**2) ** 0.5 * other
        return first, second

    def extra_repr(self) -> str:
        r"""Show the parameters."""
        return f"ratio={self.ratio}, correlation={self.correlation}"
