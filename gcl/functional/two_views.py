r"""All pairs among the rows of two views, and the pairs of a row with itself in the other view.

Legend: N rows of each view, D width.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_pair, check_positive
from gcl.functional.centred import is_narrow
from gcl.functional.normalize import unit_rows
from gcl.functional.pairs import check_walk
from gcl.functional.pairwise import logsumexp_of
from gcl.functional.phi import EXP
from gcl.functional.processor import multiplies_bf16
from gcl.functional.products import zero_sum
from gcl.functional.streamed import add_sums, add_symmetric_gradients
from gcl.functional.unit_stack import UnitStack, chunks
from gcl.functional.walk import Walk

# Up to this factor no sum of exponentials of cosines can overflow or vanish in float32.
_SAFE_SCALE = 40.0


def two_view_logsumexp(
    z1: Tensor,
    z2: Tensor,
    *,
    scale: float = 1.0,
    precision: str = "highest",
    block_size: int | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Compare every row of two views with all 2N - 1 others by cosine.

    For the 2N rows w of both views, stacked, and cosine similarity s:

    .. math::
        r_i = \log \sum_{j \neq i} e^{\kappa\, s(w_i, w_j)}, \qquad c_i = s(w_i, w_{i + N})

    with :math:`\kappa` = ``scale``. Differentiable once in both views. The gradient is formed in
    the memory that is returned: beside it, the rows' norms and a few blocks are alive, no unit
    rows. For factors of 40 and more unit rows are kept, and the exact maximum of each row.

    Args:
        z1: rows of the first view.
        z2: the same rows of the second view.
        scale: positive factor of the cosines, the inverse of a temperature.
        precision: as in :func:`~gcl.functional.pairwise.row_logsumexp`.
        block_size: as in :func:`~gcl.functional.pairwise.row_logsumexp`.

    Shapes:
        z1 [N, D], z2 [N, D] -> r [2N], c [N]

    Returns:
        r, and c, the cosines of the positive pairs.

    Raises:
        TypeError, ValueError: as :func:`~gcl.functional.pairwise.row_logsumexp`, and for views of
            unequal shapes.

    Cost:
        O(N^2 D) time, O(N) memory and a few blocks, beyond the gradient itself.
    """
    check_pair(z1, z2)
    check_positive(scale, "scale")
    like = z1.new_empty(0, dtype=torch.promote_types(z1.dtype, torch.float32))
    walk = check_walk(EXP, like, like, scale, block_size, precision, True, 0)
    if precision == "bf16":  # a rounded positive would not cancel with itself: it is added below
        walk = replace(walk, views=len(z1))
    if scale >= _SAFE_SCALE or (precision == "bf16" and _unfit_for_bf16(z1, z2)):
        z = unit_rows(torch.cat([z1, z2]))
        u, v = z.chunk(2)
        cosine = (u * v).sum(1)
        partition = logsumexp_of(walk, z, z, precision)
        if walk.views is not None:
            partition = torch.logaddexp(partition, scale * cosine.repeat(2))
        return partition, cosine
    sums, cosine = _TwoViewSum.apply(z1, z2, walk)
    if walk.views is not None:
        sums = sums + (scale * cosine.repeat(2)).exp()
    return sums.log(), cosine


def _unfit_for_bf16(z1: Tensor, z2: Tensor) -> bool:
    r"""Whether float32 is faster on the device, or rows as they are lose too much in bfloat16."""
    return not multiplies_bf16(z1.device) or is_narrow(UnitStack([z1, z2]))


class _TwoViewSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z1: Tensor, z2: Tensor, walk: Walk) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(z1, z2)
        ctx.walk = walk
        with torch.autocast(z1.device.type, enabled=False):
            unit = UnitStack([z1, z2])
            sums = unit.inverse.new_zeros(len(unit))
            add_sums(sums, unit, unit, None, walk)
            cosine = torch.cat([(u * v).sum(1) for _, u, v in _positive_pairs(unit)])
        return sums, cosine

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_sums: Tensor, grad_cosine: Tensor) -> tuple[Tensor, Tensor, None]:
        z1, z2 = ctx.saved_tensors
        with torch.autocast(z1.device.type, enabled=False):
            unit = UnitStack([z1, z2])
            out = zero_sum((len(unit), z1.size(1)), unit.inverse, ctx.walk.dtype)
            add_symmetric_gradients(out, None, unit, None, grad_sums, ctx.walk)
            first, second = out.chunk(2)
            for rows, u, v in _positive_pairs(unit):
                first[rows].addcmul_(v, grad_cosine[rows, None])
                second[rows].addcmul_(u, grad_cosine[rows, None])
            unit.project_(out)
        return first.to(z1.dtype), second.to(z2.dtype), None


def _positive_pairs(unit: UnitStack) -> Iterator[tuple[slice, Tensor, Tensor]]:
    r"""The unit rows of both views, a few thousand nodes at a time."""
    n = len(unit) // 2
    for rows in chunks(n):
        yield rows, unit[rows], unit[slice(n + rows.start, n + rows.stop)]
