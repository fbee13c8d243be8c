r"""Contrast of three views or more by the volume they span: the loss of GRAM.

Legend: M views, N rows of each view, D width, B block edge.
"""

import math

import torch
from torch import Tensor, nn

from gcl.checks import check_flag, check_int, check_positive, check_probability
from gcl.functional.autocast import full_precision
from gcl.functional.volumes import BLOCK, VolumeSums, matching_volumes, whiten_tuples
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.losses.views import Views, check_several_rows, unit_views


@full_precision
def gram(
    views: Views,
    *,
    temperature: float | Tensor = 0.07,
    smoothing: float = 0.1,
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the loss of GRAM: see :class:`GRAM`."""
    z = unit_views(views, minimum=3, use="two antiparallel views span no volume: use InfoNCE")
    check_several_rows(z)
    check_reduction(reduction)
    value = temperature.item() if isinstance(temperature, Tensor) else temperature
    check_positive(value, "temperature")
    check_probability(smoothing, "smoothing")
    block = BLOCK if block_size is None else check_int(block_size, "block_size", minimum=1)
    scale = 1 / torch.as_tensor(temperature, dtype=z.dtype, device=z.device)
    anchor, tuples = z[0], whiten_tuples(z[1:])
    row_lse, col_lse, row_sum, col_sum = VolumeSums.apply(anchor, *tuples, scale, block)
    positive = -scale * matching_volumes(anchor, tuples)  # [N]
    others = (row_sum + col_sum) / (2 * len(anchor))
    target = (1 - smoothing) * positive + smoothing * others
    return reduce_rows((row_lse + col_lse) / 2 - target, reduction)


class GRAM(nn.Module):
    r"""Shrink the volume that the views of a row span, against all exchanged anchors (`GRAM
    <https://arxiv.org/abs/2412.11959>`_).

    .. math::
        V_{ij} = \sqrt{\det G(a_i, o_j^2, \ldots, o_j^M)}, \qquad
        \ell_{ij} = -V_{ij} / \tau, \qquad
        L = \frac{1}{2N} \sum_i \left[ \operatorname{CE}(\ell_{i \cdot}, i)
          + \operatorname{CE}(\ell_{\cdot i}, i) \right]

    where G is the Gram matrix of unit vectors, a the rows of the first view (the anchor), o those
    of the others, and CE the cross-entropy with label smoothing. Positive: the anchor with the
    other views of its row. Negatives: the anchor with those of every other row, and every other
    anchor with those of its row. The value does not change when a vector changes sign.

    :math:`10^{-6}` is added to the diagonal of G, since the square root has no slope at 0. There is
    no option for bfloat16: a small volume is the difference of nearly equal numbers.

    Args:
        temperature: initial :math:`\tau` > 0.
        learnable: learn :math:`\log \tau`. Give the parameters of the loss to the optimiser.
        smoothing: share in [0, 1] of the target that is spread over all candidates.
        block_size: edge of the streamed blocks; 512 if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.

    Shapes:
        views [M, N, D], or M matrices [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for fewer than 3 views or 2 rows, views that are no finite float
            matrices of one shape, or an option out of range.

    Cost:
        O(M N^2 D) time, O(M N D + M B^2) memory.

    Example:
        >>> GRAM()(torch.randn(3, 100, 16)).shape  # three views
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.07,
        *,
        learnable: bool = True,
        smoothing: float = 0.1,
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        log_temperature = torch.tensor(math.log(check_positive(temperature, "temperature")))
        self.log_temperature = nn.Parameter(log_temperature, check_flag(learnable, "learnable"))
        self.smoothing = check_probability(smoothing, "smoothing")
        if block_size is not None:
            check_int(block_size, "block_size", minimum=1)
        self.block_size = block_size
        self.reduction = check_reduction(reduction)

    def forward(self, views: Views) -> Tensor:
        r"""Return the loss of M views of the same N rows; the first holds the anchors."""
        return gram(
            views,
            temperature=self.log_temperature.exp(),
            smoothing=self.smoothing,
            block_size=self.block_size,
            reduction=self.reduction,
        )

    def extra_repr(self) -> str:
        r"""Show the smoothing, the block size and the reduction."""
        return (
            f"smoothing={self.smoothing}, block_size={self.block_size}, "
            f"reduction={self.reduction!r}"
        )
