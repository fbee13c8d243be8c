r"""The pairwise sigmoid loss of SigLIP.

Legend: N rows of each view, D width.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gcl.checks import check_finite, check_flag, check_pair, check_positive
from gcl.functional.gather import gather_rows
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_sum
from gcl.losses.base import GatheredLoss
from gcl.losses.reduce import check_reduction, reduce_rows


def sigmoid(
    z1: Tensor,
    z2: Tensor,
    *,
    scale: float | Tensor = 10.0,
    bias: float | Tensor = -10.0,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the sigmoid loss of two views: see :class:`Sigmoid`.

    ``scale`` and ``bias`` are numbers, or 0-dim tensors that then get a gradient.
    """
    check_pair(z1, z2)
    check_reduction(reduction)
    u, v = unit_rows(z1), unit_rows(z2)
    offset = torch.as_tensor(bias, dtype=u.dtype, device=u.device)
    positive = F.softplus(-(scale * (u * v).sum(1) + offset))  # [N]
    others, own = gather_rows(v) if check_flag(gather, "gather") else (v, 0)
    negative = row_sum(
        u,
        others,
        phi="softplus",
        scale=scale,
        row_bias=offset.expand(len(u)),
        exclude_diagonal=True,
        diagonal=own,
        precision=precision,
        block_size=block_size,
    )
    return reduce_rows(positive + negative, reduction)


class Sigmoid(GatheredLoss):
    r"""Decide for every pair on its own whether it matches, with a logistic loss (`SigLIP
    <https://arxiv.org/abs/2303.15343>`_).

    .. math::
        L = -\frac{1}{N} \sum_i \sum_j \log \sigma\big(y_{ij} (t\, s(u_i, v_j) + b)\big), \qquad
        y_{ij} = \begin{cases} 1 & i = j \\ -1 & i \neq j \end{cases}

    with cosine similarity s, u = ``z1``, v = ``z2``; t = exp(``log_scale``) and b = ``bias`` are
    learnt. Positive: the same row of the other view. Negatives: all other rows of the other view.
    The sum over the negatives is not divided by their number, so the loss grows with N; the very
    negative bias at the start weighs against that. Unverified: the initial values t = 10 and
    b = -10. Call ``requires_grad_(False)`` on the module to keep them fixed.

    Args:
        scale: initial t > 0.
        bias: initial b.
        gather: in a group of processes, take the rows of all of them as candidates; their mean
            loss, with gradients averaged, is then that of one process with all rows. Unequal
            numbers of rows weigh the losses, as :func:`gcl.training.fit` does.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N anchors.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, a scale
            that is not positive, a bias that is not finite, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z = torch.eye(3)
        >>> Sigmoid(scale=10.0, bias=-5.0)(z, z)
        tensor(0.0201, grad_fn=<MeanBackward0>)
    """

    def __init__(
        self,
        scale: float = 10.0,
        bias: float = -10.0,
        *,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        self.log_scale = nn.Parameter(torch.tensor(math.log(check_positive(scale, "scale"))))
        self.bias = nn.Parameter(torch.tensor(check_finite(bias, "bias")))

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return sigmoid(
            z1,
            z2,
            scale=self.log_scale.exp(),
            bias=self.bias,
            **self.options,
        )
