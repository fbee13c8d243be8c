r"""Row-wise reductions over all pairs of two sets of vectors, exact and in memory flat in N.

Almost every contrastive loss is a few of these reductions over
s_ij = scale * <a_i, b_j> + row_bias_i + col_bias_j + group_bias[row_group_i, col_group_j].

Legend: N rows of ``a``, M rows of ``b``, D width, B block edge, K and L groups of rows and columns.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor

from gcl.checks import check_choice
from gcl.functional.centred import centred, precision_for
from gcl.functional.pairs import (
    Groups,
    check_groups,
    check_vector,
    check_walk,
    largest_norm,
    prepare,
    rounded,
    with_bias,
    with_groups,
)
from gcl.functional.phi import EXP, IDENTITY, PHI, Phi
from gcl.functional.streamed import StreamedSum
from gcl.functional.tiles import Tile
from gcl.functional.topk import row_topk
from gcl.functional.walk import Walk

__all__ = ["row_logsumexp", "row_sum", "row_topk"]

# Exponentials of products in [-40, 40] (unit rows stay in it down to a temperature of 0.025) need
# no maximum subtracted: e^-40 is normal in float32, and 10^20 times e^40 is finite.
_SAFE_SPREAD = 80.0
# Products of which the last place of float32 would be felt in an exponential.
_COARSE = 0.1
# Columns of a panel for each of the k largest that are looked for.
_WIDE = 8


def row_logsumexp(
    a: Tensor,
    b: Tensor,
    *,
    scale: float | Tensor = 1.0,
    row_bias: Tensor | None = None,
    col_bias: Tensor | None = None,
    group_bias: Groups | None = None,
    exclude_diagonal: bool = False,
    diagonal: int = 0,
    block_size: int | None = None,
    precision: str = "highest",
) -> Tensor:
    r"""Compute :math:`\log \sum_j \exp(s_{ij})` over all pairs.

    Differentiable once in ``a``, ``b``, ``scale`` and the biases. Pass the same tensor twice (``b
    is a``) to walk only half of the pairs. For vectors of bounded length (unit rows with a
    temperature of 0.025 or above among them) the known bound replaces the running maximum; others
    take one more pass for the exact maximum of each row.

    Args:
        a: anchors, [N, D].
        b: candidates, [M, D].
        scale: positive factor of the inner products, a number or a 0-dim tensor.
        row_bias: added to every pair of a row, [N].
        col_bias: added to every pair of a column, [M]; log-weights of the candidates.
        group_bias: a triple (table [K, L], row_group [N], col_group [M]): the entry of the table
            for the groups of row and column is added to their pair.
        exclude_diagonal: leave out j = i + ``diagonal``. A row without candidates gives ``-inf``.
        diagonal: which diagonal; the offset of the anchors among gathered candidates.
        block_size: edge B of a block; chosen for the device if None.
        precision: ``"highest"`` multiplies in the inputs' dtype, ``"bf16"`` multiplies in bfloat16
            and accumulates in float32. Factors whose rows share a direction are taken about their
            means for it, and a CPU whose products in bfloat16 are no faster rounds the
            factors and multiplies in float32. Half-precision inputs are computed in float32 either
            way.

    Shapes:
        a [N, D], b [M, D] -> [N]

    Raises:
        TypeError: if an input is no floating-point matrix or vector.
        ValueError: for NaN or infinite entries, unequal widths, dtypes or devices, a scale that is
            not positive, biases of another length, groups out of range, a diagonal that would be
            ignored, a block size below 1 or an unknown precision.

    Cost:
        O(N M D) time and O(B^2 + (N + M) D) memory, in both directions; half the time if ``b is a``
        and the bound is known. A group bias adds L to D, and ends the symmetry.

    Example:
        >>> z = torch.eye(3)
        >>> row_logsumexp(z, z, exclude_diagonal=True)
        tensor([0.6931, 0.6931, 0.6931])
    """
    left, right, factor = prepare(a, b, scale)
    walk = check_walk(EXP, left, right, factor, block_size, precision, exclude_diagonal, diagonal)
    groups = check_groups(group_bias, left, right)
    if col_bias is not None:
        check_vector(col_bias, len(right), "col_bias")
    if row_bias is not None:
        check_vector(row_bias, len(left), "row_bias")
    return logsumexp_of(walk, left, right, precision, row_bias, col_bias, groups)


def logsumexp_of(
    walk: Walk,
    left: Tensor,
    right: Tensor,
    precision: str,
    row_bias: Tensor | None = None,
    col_bias: Tensor | None = None,
    groups: Groups | None = None,
) -> Tensor:
    r"""What :func:`row_logsumexp` computes of arguments that are checked."""
    if precision == "bf16":
        left, right, *own = centred(left, right, walk.scale)
        row_bias, col_bias = _total(row_bias, own[0]), _total(col_bias, own[1])
    out = _logsumexp(*rounded(left, right, precision), walk, col_bias, groups)
    return out if row_bias is None else out + row_bias


def _total(bias: Tensor | None, own: Tensor | None) -> Tensor | None:
    return bias if own is None else own if bias is None else bias + own


def _logsumexp(
    a: Tensor, b: Tensor, walk: Walk, col_bias: Tensor | None, groups: Groups | None
) -> Tensor:
    r"""Sum exponentials as they are while none can overflow or vanish, else below row maxima."""
    dtype, reach = a.dtype, walk.scale * largest_norm(a) * largest_norm(b)
    peaks = [_largest(bias) for bias in (col_bias, groups and groups[0]) if bias is not None]
    spread = 2 * reach + _spread(col_bias) + _spread(groups and groups[0])
    if groups is not None:
        a, b, walk = with_groups(a, b, walk, (groups[0] - peaks[-1], *groups[1:]))
    if spread < _SAFE_SPREAD:
        weight = None if col_bias is None else (col_bias.to(b.dtype) - peaks[0]).exp()
        return _log(StreamedSum.apply(a, b, weight, walk)) + sum(peaks)
    if reach * torch.finfo(a.dtype).eps > _COARSE and a.device.type != "mps":
        a, b, walk = a.double(), b.double(), replace(walk, dtype=torch.float64)
    a, b, walk = with_bias(a, b, walk, None, None if col_bias is None else col_bias - peaks[0])
    walk = replace(walk, symmetric=False)
    top = _row_max(a, b, walk)  # [N]
    a, b, walk = with_bias(a, b, walk, -top, None)
    out = _log(StreamedSum.apply(a, b, None, walk)) + (top * _folded(walk) + sum(peaks))
    return out.to(dtype)


def _folded(walk: Walk) -> float:
    r"""What a bias of 1 comes to in the exponent: products in bfloat16 round the folded factor."""
    return torch.tensor(walk.phi.fold, dtype=walk.dtype).item() / walk.phi.fold


def row_sum(
    a: Tensor,
    b: Tensor,
    *,
    phi: str | Phi = "softplus",
    scale: float | Tensor = 1.0,
    row_bias: Tensor | None = None,
    col_bias: Tensor | None = None,
    col_weight: Tensor | None = None,
    exclude_diagonal: bool = False,
    diagonal: int = 0,
    block_size: int | None = None,
    precision: str = "highest",
) -> Tensor:
    r"""Compute :math:`\sum_j w_j \phi(s_{ij})` over all pairs.

    Args:
        a: anchors, [N, D].
        b: candidates, [M, D].
        phi: ``"softplus"``, ``"identity"``, ``"relu"``, ``"square"``, ``"exp"``, or a
            :class:`~gcl.functional.phi.Phi` of one's own. ``"exp"`` may overflow:
            :func:`row_logsumexp` does not.
        scale: as in :func:`row_logsumexp`.
        row_bias: added to every pair of a row inside :math:`\phi`, [N].
        col_bias: added to every pair of a column inside :math:`\phi`, [M].
        col_weight: weight :math:`w_j` of every column, [M]; constant, except with ``"exp"``.
        exclude_diagonal: leave out j = i + ``diagonal``. A row without candidates gives 0.
        diagonal: as in :func:`row_logsumexp`.
        block_size: as in :func:`row_logsumexp`.
        precision: as in :func:`row_logsumexp`, but that factors whose rows share a direction are
            multiplied as with ``"highest"``.

    Shapes:
        a [N, D], b [M, D] -> [N]

    Raises:
        TypeError, ValueError: as :func:`row_logsumexp`, and for an unknown ``phi``.

    Cost:
        As :func:`row_logsumexp`.
    """
    function = phi if isinstance(phi, Phi) else PHI[check_choice(phi, "phi", PHI)]
    left, right, factor = prepare(a, b, scale)
    precision = precision_for(left, right, precision)
    left, right = rounded(left, right, precision)
    walk = check_walk(
        function, left, right, factor, block_size, precision, exclude_diagonal, diagonal
    )
    if row_bias is not None or col_bias is not None:
        left, right, walk = with_bias(left, right, walk, row_bias, col_bias)
    if col_weight is not None:
        col_weight = check_vector(col_weight, len(right), "col_weight").to(left.dtype)
    return StreamedSum.apply(left, right, col_weight, walk)


def _largest(x: Tensor) -> float:
    return x.detach().max().item() if x.numel() else 0.0


def _spread(bias: Tensor | None) -> float:
    return 0.0 if bias is None else _largest(bias) + _largest(-bias)


def _log(total: Tensor) -> Tensor:
    r"""Logarithm with -inf at 0, and no gradient there instead of an infinite one."""
    empty = total == 0
    return total.masked_fill(empty, 1.0).log().masked_fill(empty, -math.inf)


@torch.no_grad()
def _row_max(a: Tensor, b: Tensor, walk: Walk) -> Tensor:
    r"""Largest admissible product of every row, 0 for a row without candidates: [N]."""
    plain = replace(walk, phi=IDENTITY)
    peak = a.new_full((len(a),), -math.inf)

    def work(tile: Tile) -> None:
        memory = plain.memory(a)
        for panel in plain.panels(tile.cols):
            blocks = plain.products(a, b, tile, panel, memory, IDENTITY.value, -math.inf)
            for rows, _, s in blocks:
                torch.maximum(peak[rows], s.amax(1), out=peak[rows])

    with torch.autocast(a.device.type, enabled=False):
        plain.over(len(a), len(b), work)
    return torch.where(peak == -math.inf, 0.0, peak).to(walk.dtype).to(a.dtype)
