r"""Whitening of columns in groups.

Legend: N rows, D width, G groups, C = D / G columns of a group.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_matrix, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import at_least_float32


@full_precision
def whiten_groups(
    z: Tensor, num_groups: int, *, order: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    r"""Decorrelate the columns of each group and scale them to variance 1.

    Each group is centred and multiplied by the inverse square root of its covariance (ZCA, divisor
    N), which moves the columns as little as possible. The matrix is treated as constant: no
    gradient flows through it.

    Args:
        z: rows whose columns are whitened.
        num_groups: number G of groups, a divisor of D.
        order: permutation of the columns; each C consecutive entries form a group. Their own order
            if None. Columns keep their places in the result.
        eps: added to the variances, above 0. Directions without variance become zero.

    Shapes:
        z [N, D], order [D] -> [N, D]

    Raises:
        TypeError, ValueError: if ``z`` is no finite float matrix with a row, D is no multiple of
            ``num_groups``, ``order`` is no permutation, or ``eps`` is not positive.

    Cost:
        O(N D C + D C^2) time. The covariance of a group has rank N - 1: N must exceed C by far.

    Example:
        >>> z = whiten_groups(torch.randn(100, 6), num_groups=2)
        >>> (z[:, :3].t() @ z[:, :3] / 100).round(decimals=3).abs()
        tensor([[1., 0., 0.],
                [0., 1., 0.],
                [0., 0., 1.]])
    """
    check_matrix(z, "z")
    if not len(z):
        raise ValueError(f"z must have at least one row, got {describe(z)}")
    check_int(num_groups, "num_groups", minimum=1)
    if z.size(1) % num_groups:
        raise ValueError(f"num_groups must divide the width {z.size(1)} of z, got {num_groups}")
    check_positive(eps, "eps")
    z = at_least_float32(z)
    ordered = z if order is None else z[:, _check_order(order, z.size(1))]
    groups = (ordered - ordered.mean(0)).view(len(z), num_groups, -1)  # [N, G, C]
    out = torch.einsum("ngc,gcd->ngd", groups, _inverse_root(groups.detach(), eps)).flatten(1)
    return out if order is None else out[:, order.argsort()]


@torch.no_grad()
def _inverse_root(groups: Tensor, eps: float) -> Tensor:
    r"""Inverse square roots of the covariances: [N, G, C] -> [G, C, C]."""
    covariance = torch.einsum("ngc,ngd->gcd", groups, groups) / len(groups)
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * (values.clamp_min(0) + eps).rsqrt()[:, None] @ vectors.transpose(1, 2)


def _check_order(order: Tensor, width: int) -> Tensor:
    if not isinstance(order, Tensor) or order.dtype != torch.int64:
        raise TypeError(f"order must be an int64 permutation [{width}], got {describe(order)}")
    if order.shape != (width,) or not torch.equal(
        order.sort().values, torch.arange(width, device=order.device)
    ):
        raise ValueError(f"order must be a permutation of 0 to {width - 1}, got {order.tolist()}")
    return order
