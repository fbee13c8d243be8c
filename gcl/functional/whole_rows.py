r"""A weighted sum of log-sum-exps over all pairs, its gradient formed together with its value.

A scalar loss only scales its gradient. So one visit of each block of whole rows gives the sums of
the rows and both gradients: three products a pair, where a backward pass that recomputes the
block takes four.

Legend: N anchors, M candidates, D width, S a block of rows of products [h, M].
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gcl.checks import check_choice, check_int
from gcl.functional.centred import are_narrow
from gcl.functional.pairs import PRECISIONS, check_vector, prepare, rounded
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.processor import multiplies_bf16
from gcl.functional.products import filled, recurs

_ENTRIES = 2**23  # of a block: 32 MB in float32
_FEW = 32  # rows; blocks of fewer multiply slowly
# Rows of a block on a CPU: with twice as many, products in bfloat16 took 1.7 times as long on cores
# that share 32 MB of cache (41,000 candidates, 64 wide), and those in float32 a tenth longer.
_ROWS = 128
# Sums of exponentials of products in [-75, 75] neither vanish nor, for a million candidates,
# overflow: no maximum has to be subtracted.
_SAFE, _MANY = 75.0, 2**19
_LOG2E = math.log2(math.e)


def total_logsumexp(
    a: Tensor,
    b: Tensor,
    weight: Tensor,
    *,
    scale: float = 1.0,
    precision: str = "highest",
    block_size: int | None = None,
) -> Tensor:
    r"""Compute :math:`\sum_i w_i \log \sum_j \exp(s \langle a_i, b_j \rangle)` over all pairs.

    Differentiable once in ``a`` and ``b``. The value is that of
    :func:`~gcl.functional.pairwise.row_logsumexp`; the gradients are formed with it, so that a
    value without a backward pass costs three times as much as needed, unless gradients are off.

    Args:
        a: anchors. A row that is repeated may be given once, with its count as the weight.
        b: candidates.
        weight: weight :math:`w_i` of each anchor; constant.
        scale: positive factor s of the inner products.
        precision: ``"highest"`` multiplies in the inputs' dtype, ``"bf16"`` in bfloat16, where the
            blocks are then kept too; sums and gradients are accumulated in float32. Factors whose
            rows share a direction are taken about their means, as by ``row_logsumexp``.
        block_size: rows of a block; as many as 32 MB hold, 128 at most on a CPU, if None.

    Shapes:
        a [N, D], b [M, D], weight [N] -> scalar

    Raises:
        TypeError, ValueError: for matrices that are not finite or do not fit, a weight of another
            length, a scale that is not positive, a block size below 1 or an unknown precision.

    Cost:
        O(N M D) time, O(M + (N + M) D) memory; a block of rows takes up to 32 MB.

    Example:
        >>> z = torch.eye(3)
        >>> total_logsumexp(z, z, torch.ones(3))
        tensor(4.6543)
    """
    check_choice(precision, "precision", PRECISIONS)
    left, right, factor = prepare(a, b, scale)
    check_vector(weight, len(left), "weight")
    weight = weight.detach().to(left.dtype)
    too_long = block_size is None and len(right) * _FEW > _ENTRIES
    if not len(left) or not len(right) or too_long or (precision == "bf16" and are_narrow(a, b)):
        return (weight * row_logsumexp(left, right, scale=factor, precision=precision)).sum()
    left, right = rounded(left, right, precision)
    height = _height(right) if block_size is None else check_int(block_size, "block_size", 1)
    low = precision == "bf16" and multiplies_bf16(left.device)
    dtype = torch.bfloat16 if low else left.dtype
    if recurs(left.device, dtype):  # rows of weight 0 add 0
        left, weight = filled(left, True, False), filled(weight[:, None], True, False)[:, 0]
    needed = torch.is_grad_enabled() and (left.requires_grad or right.requires_grad)
    return _Total.apply(left, right, weight, factor, dtype, height, needed)


def _height(b: Tensor) -> int:
    r"""Rows of a block of all candidates."""
    rows = _ENTRIES // len(b)
    return min(rows, _ROWS) if b.device.type == "cpu" else rows


class _Block(NamedTuple):
    r"""Exponentials of some rows, less a power of 2 for each row if ``top`` is there."""

    rows: slice
    power: Tensor  # [h, M]
    total: Tensor  # [h]
    top: Tensor | None  # [h]


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        a: Tensor,
        b: Tensor,
        weight: Tensor,
        scale: float,
        dtype: torch.dtype,
        height: int,
        needed: bool,
    ) -> Tensor:
        value = a.new_zeros(())
        grad_a, grad_b = (torch.zeros_like(x) if needed else None for x in (a, b))
        with torch.autocast(a.device.type, enabled=False):
            right = b.to(dtype)
            for rows, power, total, top in _blocks(a, right, scale, height):
                share = weight[rows] / total
                logs = total.log() if top is None else total.log() + top / _LOG2E
                value += weight[rows] @ logs
                if grad_a is not None and grad_b is not None:
                    slope = (share * scale)[:, None]  # [h, 1]
                    grad_a[rows] = torch.mm(power, right) * slope
                    _add_product(grad_b, power.t(), (a[rows] * slope).to(dtype))
        if needed:
            ctx.save_for_backward(grad_a, grad_b)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grads = (
            g * grad if n else None
            for g, n in zip(ctx.saved_tensors, ctx.needs_input_grad, strict=False)
        )
        return *grads, None, None, None, None, None


def _blocks(a: Tensor, b: Tensor, scale: float, height: int) -> Iterator[_Block]:
    r"""Walk the rows; a block is gone when the next is asked for."""
    height = max(min(height, len(a)), 1)
    memory = b.new_empty(height * len(b))
    longest = b.float().norm(dim=1).max() * scale
    reach = torch.stack([part.norm(dim=1).max() * longest for part in a.split(height)]).tolist()
    for start, far in zip(range(0, len(a), height), reach, strict=True):
        rows = slice(start, min(start + height, len(a)))
        out = memory[: (rows.stop - start) * len(b)].view(-1, len(b))
        power = torch.mm((a[rows] * (scale * _LOG2E)).to(b.dtype), b.t(), out=out)
        top = None
        if far > _SAFE or len(b) > _MANY:
            top = power.amax(1)
            power -= top[:, None]
        total = power.exp2_().sum(1, dtype=a.dtype)
        yield _Block(rows, power, total, None if top is None else top.to(a.dtype))


def _add_product(out: Tensor, a: Tensor, b: Tensor) -> None:
    if a.dtype == out.dtype:
        out.addmm_(a, b)
    else:
        out += torch.mm(a, b)
