r"""The operands of the streamed reductions: checked, scaled, with biases as further columns.

A bias costs a column in the product of the factors instead of a pass over every block, and autograd
finds its gradient in the gradient of that column.

Legend: N rows of ``a``, M rows of ``b``, D width, K and L groups of rows and columns.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_choice, check_int, check_matrix, check_positive, describe
from gcl.functional.blocks import block_shape
from gcl.functional.normalize import at_least_float32
from gcl.functional.phi import Phi
from gcl.functional.processor import multiplies_bf16
from gcl.functional.walk import Walk

PRECISIONS = ("highest", "bf16")
Groups = tuple[Tensor, Tensor, Tensor]


def prepare(a: Tensor, b: Tensor, scale: float | Tensor) -> tuple[Tensor, Tensor, float]:
    r"""Check the inputs and bring them to the dtype of the computation.

    A scale that may need a gradient is multiplied in here, where autograd sees it.

    Returns:
        Both factors in at least float32 (one and the same tensor if ``b is a``), and the scale
        that is left to apply.
    """
    check_matrix(a, "a")
    check_matrix(b, "b")
    if a.size(1) != b.size(1) or a.dtype != b.dtype or a.device != b.device:
        raise ValueError(
            f"a and b must agree in width, dtype and device, got {describe(a)} on {a.device} "
            f"and {describe(b)} on {b.device}"
        )
    value = check_positive(scale.item() if isinstance(scale, Tensor) else scale, "scale")
    left, right = at_least_float32(a), a if b is a else at_least_float32(b)
    if isinstance(scale, Tensor):
        left, value = left * (scale.sqrt() if b is a else scale), 1.0
    return left, left if b is a else right, value


def rounded(a: Tensor, b: Tensor, precision: str) -> tuple[Tensor, Tensor]:
    r"""Both factors as :func:`prepare` left them, rounded where bfloat16 is asked for and float32
    is faster on the device: their products are then formed in it. Gradients pass unrounded.
    """
    if precision != "bf16" or multiplies_bf16(a.device):
        return a, b
    left = to_bf16_and_back(a)
    return left, left if b is a else to_bf16_and_back(b)


def to_bf16_and_back(x: Tensor) -> Tensor:
    r"""``x`` rounded to bfloat16, in its own dtype; its gradient passes unrounded."""
    return x + (x.detach().bfloat16().to(x.dtype) - x.detach())


def check_walk(
    phi: Phi,
    a: Tensor,
    b: Tensor,
    scale: float,
    block_size: int | None,
    precision: str,
    exclude_diagonal: bool,
    diagonal: int,
) -> Walk:
    r"""The walk over the pairs of ``a`` and ``b``; raises for options out of range."""
    check_choice(precision, "precision", PRECISIONS)
    if diagonal and not exclude_diagonal:
        raise ValueError(f"diagonal={diagonal} would be ignored without exclude_diagonal")
    height, width = block_shape(a.device, a.dtype)
    if block_size is not None:
        height = width = check_int(block_size, "block_size", minimum=1)
    low = precision == "bf16" and multiplies_bf16(a.device)
    return Walk(
        phi,
        scale,
        height,
        width,
        dtype=torch.bfloat16 if low else a.dtype,
        symmetric=b is a and diagonal == 0,
        diagonal=diagonal if exclude_diagonal else None,
        threads=torch.get_num_threads() if a.device.type == "cpu" else 1,
    )


def largest_norm(x: Tensor) -> float:
    r"""The length of the longest row, 0 without rows."""
    return x.detach().norm(dim=1).max().item() if len(x) else 0.0


def check_vector(x: Tensor, length: int, name: str) -> Tensor:
    r"""Raise unless ``x`` is a finite floating-point vector of ``length`` entries."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor [{length}], got {describe(x)}")
    if x.shape != (length,):
        raise ValueError(f"{name} must have shape [{length}], got {describe(x)}")
    check_matrix(x[:, None], name)
    return x


def with_bias(
    a: Tensor, b: Tensor, walk: Walk, row_bias: Tensor | None, col_bias: Tensor | None
) -> tuple[Tensor, Tensor, Walk]:
    r"""Factors whose scaled products are scale * <a_i, b_j> + row_bias_i + col_bias_j."""
    left, right = [a], [b * walk.scale]
    if row_bias is not None:
        left.append(check_vector(row_bias, len(a), "row_bias").to(a.dtype)[:, None])
        right.append(b.new_ones(len(b), 1))
    if col_bias is not None:
        left.append(a.new_ones(len(a), 1))
        right.append(check_vector(col_bias, len(b), "col_bias").to(b.dtype)[:, None])
    return torch.cat(left, 1), torch.cat(right, 1), replace(walk, scale=1.0, symmetric=False)


def with_groups(a: Tensor, b: Tensor, walk: Walk, groups: Groups) -> tuple[Tensor, Tensor, Walk]:
    r"""Factors whose scaled products are scale * <a_i, b_j> + table[row_group_i, col_group_j]."""
    table, row_group, col_group = groups
    member = F.one_hot(col_group.long(), table.size(1)).to(b.dtype)  # [M, L]
    left = torch.cat([a, table.to(a.dtype)[row_group.long()]], 1)  # [N, D + L]
    right = torch.cat([b * walk.scale, member], 1)  # [M, D + L]
    return left, right, replace(walk, scale=1.0, symmetric=False)


def check_groups(groups: Groups | None, a: Tensor, b: Tensor) -> Groups | None:
    r"""Raise unless ``groups`` is None or a table with a group in range for all rows of both."""
    if groups is None:
        return None
    if not isinstance(groups, tuple) or len(groups) != 3:
        raise TypeError(
            f"group_bias must be a triple (table, row_group, col_group), got {describe(groups)}"
        )
    table, row_group, col_group = groups
    check_matrix(table, "group_bias table")
    _check_group(row_group, len(a), table.size(0), "row_group")
    _check_group(col_group, len(b), table.size(1), "col_group")
    return groups


def _check_group(group: Tensor, length: int, count: int, name: str) -> None:
    if not isinstance(group, Tensor) or group.is_floating_point() or group.dtype == torch.bool:
        raise TypeError(f"{name} must be an integer tensor [{length}], got {describe(group)}")
    if group.shape != (length,):
        raise ValueError(f"{name} must have shape [{length}], got {describe(group)}")
    if length and not (int(group.min()) >= 0 and int(group.max()) < count):
        bad = int(group.min()) if int(group.min()) < 0 else int(group.max())
        raise ValueError(f"{name} must lie in [0, {count}), the table's groups; got {bad}")
