r"""The nearest probability distribution.

Legend: K outcomes.
"""

import torch
from torch import Tensor

from gcl.checks import NonFiniteError, describe


def project_simplex(b: Tensor) -> Tensor:
    r"""Find the distribution over K outcomes that is nearest to a vector in Euclidean distance
    (`Duchi et al. 2008 <https://doi.org/10.1145/1390156.1390191>`_).

    .. math::
        P = \max(b - \theta, 0), \qquad
        \theta = \max_k \frac{1}{k} \Big( \sum_{i \le k} b_{(i)} - 1 \Big)

    with :math:`b_{(1)} \ge b_{(2)} \ge \dots` the sorted entries: the threshold is exact, found
    without a search.

    Args:
        b: any vector with one entry or more.

    Shapes:
        b [K] -> [K]

    Raises:
        TypeError: for anything but a floating-point tensor.
        ValueError: for another shape, no entry, or entries that are not finite.

    Example:
        >>> project_simplex(torch.tensor([0.9, 0.5, -1.0]))
        tensor([0.7000, 0.3000, 0.0000])

    Cost: a sort of K numbers.
    """
    if not isinstance(b, Tensor) or not b.is_floating_point():
        raise TypeError(f"b must be a floating-point tensor [K], got {describe(b)}")
    if b.dim() != 1 or not len(b):
        raise ValueError(f"b must have shape [K] with K of at least 1, got {describe(b)}")
    if not bool(torch.isfinite(b.detach()).all()):
        raise NonFiniteError(f"b must be finite, got {b.tolist()}")
    b = b - b.max()  # the result is that of any shift, and this one keeps large entries exact
    count = torch.arange(1, len(b) + 1, device=b.device)
    threshold = ((b.sort(descending=True).values.cumsum(0) - 1) / count).max()
    return (b - threshold).clamp(min=0)
