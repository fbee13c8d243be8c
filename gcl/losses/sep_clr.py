r"""Separation of what two sets share from what only one of them has: the loss of SepCLR.

Legend: N rows of each view, D and E widths of common and salient projections.
"""

import math
from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_non_negative, check_pair, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import at_least_float32, unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import StreamedLoss


@full_precision
def sep_clr(
    common1: Tensor,
    common2: Tensor,
    salient1: Tensor,
    salient2: Tensor,
    background: Tensor,
    *,
    temperature: float = 0.5,
    uniformity: float = 2.0,
    salient: float = 1000.0,
    null: float = 1000.0,
    joint: float = 10.0,
    precision: str = "highest",
    block_size: int | None = None,
) -> Tensor:
    r"""Compute the loss of SepCLR: see :class:`SepCLR`."""
    check_pair(common1, common2, ("common1", "common2"))
    check_pair(salient1, salient2, ("salient1", "salient2"))
    _check_background(background, common1, salient1)
    check_positive(temperature, "temperature")
    _check_weights(uniformity=uniformity, salient=salient, null=null, joint=joint)
    root = (2 * temperature) ** -0.5  # scaled by it, all kernels are exp(-|x - y|^2)
    c1, c2 = (root * unit_rows(c) for c in (common1, common2))
    s1, s2 = (root * at_least_float32(s) for s in (salient1, salient2))
    t1, t2 = (s.masked_fill(background[:, None], 0.0) for s in (s1, s2))
    target = ~background
    kernels = partial(_log_kernels, precision=precision, block_size=block_size)
    shared = _distance(c1, c2) + uniformity * (_mean(kernels(c1)) + _mean(kernels(c2))) / 2
    own = _distance(s1[target], s2[target])
    own = own + uniformity * (_mean(kernels(t1)) + _mean(kernels(t2))) / 2
    empty = (s1[background].square().sum(1) + s2[background].square().sum(1)).mean() / 2
    entropy = torch.stack(
        [
            kernels(torch.cat([c, t], dim=1), itself=True).mean()  # of [N, D + E]
            for c, t in ((c1, t1), (c2, t2))
        ]
    ).mean() - math.log(len(c1))
    return shared + salient * own + null * empty + joint * entropy


def _log_kernels(
    x: Tensor, *, precision: str, block_size: int | None, itself: bool = False
) -> Tensor:
    r"""Log-sum of exp(-|x_i - x_j|^2) over the other rows j, or over all of them: [N]."""
    bias = -x.square().sum(1)
    return row_logsumexp(
        x,
        x,
        scale=2.0,
        row_bias=bias,
        col_bias=bias,
        exclude_diagonal=not itself,
        precision=precision,
        block_size=block_size,
    )


def _mean(log_kernels: Tensor) -> Tensor:
    r"""Log of the mean kernel over all pairs of different rows."""
    n = len(log_kernels)
    return log_kernels.logsumexp(0) - math.log(n * (n - 1))


def _distance(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square().sum(1).mean()


def _check_background(background: Tensor, common: Tensor, salient: Tensor) -> None:
    n = len(common)
    if len(salient) != n:
        raise ValueError(f"salient1 must have {n} rows as common1, got {describe(salient)}")
    if not isinstance(background, Tensor) or background.dtype != torch.bool:
        raise TypeError(f"background must be a bool tensor [{n}], got {describe(background)}")
    if background.shape != (n,):
        raise ValueError(f"background must have shape [{n}], got {describe(background)}")
    if not 0 < int(background.sum()) < n:
        raise ValueError(
            f"background must hold rows of both sets, got {int(background.sum())} of {n} rows"
        )


def _check_weights(**weights: float) -> None:
    for name, weight in weights.items():
        check_non_negative(weight, name)


class SepCLR(StreamedLoss):
    r"""Separate what targets share with a background from what only they have (`SepCLR
    <https://arxiv.org/abs/2402.11928>`_).

    .. math::
        L = A(c) + \lambda U(c)
          + \alpha \left[ A_{\text{target}}(s) + \lambda U(\bar s) \right]
          + \nu A_{\text{background}}(0, s) + \gamma J(c, \bar s), \\
        A(x) = \operatorname{mean}_i \frac{\|x_i^1 - x_i^2\|^2}{2 \tau}, \quad
        U(x) = \log \operatorname{mean}_{i \neq j} K_{ij}(x), \quad
        J = \operatorname{mean}_i \log \operatorname{mean}_j K_{ij}(c) K_{ij}(\bar s), \quad
        K_{ij}(x) = e^{-\|x_i - x_j\|^2 / 2 \tau}

    Every row has a common projection c, scaled to unit length, and a salient one s, which is not.
    :math:`\bar s` is s with the background's rows set to zero. U, J and the distance of the
    background's s from 0 are averaged over both views. Positives: the same row of the other view
    (salient: of targets only). Negatives: all other rows of the same view. J, an estimate of minus
    the joint entropy, keeps the two parts from saying the same: its kernels include j = i. On
    graphs the sets are two domains, or treated and untreated graphs. The weights are those of the
    authors' code. The loss has no value per row.

    Args:
        temperature: :math:`\tau` > 0 of all kernels and distances.
        uniformity: :math:`\lambda \geq 0`.
        salient: :math:`\alpha \geq 0`.
        null: :math:`\nu \geq 0`, weight of pulling the background's s to zero.
        joint: :math:`\gamma \geq 0`.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        common1 [N, D], common2 [N, D], salient1 [N, E], salient2 [N, E], background [N] -> scalar

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, a
            ``background`` that is no bool mask [N] with rows of both sets, or an option out of
            range.

    Cost:
        O(N^2 (D + E)) time, O(N (D + E)) memory.

    Example:
        >>> c, s = torch.randn(6, 4), torch.randn(6, 2)
        >>> background = torch.tensor([True, True, True, False, False, False])
        >>> SepCLR()(c, c, s, s, background).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        uniformity: float = 2.0,
        salient: float = 1000.0,
        null: float = 1000.0,
        joint: float = 10.0,
        precision: str = "highest",
        block_size: int | None = None,
    ) -> None:
        super().__init__(precision=precision, block_size=block_size)
        self.temperature = check_positive(temperature, "temperature")
        self.uniformity = check_non_negative(uniformity, "uniformity")
        self.salient = check_non_negative(salient, "salient")
        self.null = check_non_negative(null, "null")
        self.joint = check_non_negative(joint, "joint")

    def forward(
        self,
        common1: Tensor,
        common2: Tensor,
        salient1: Tensor,
        salient2: Tensor,
        background: Tensor,
    ) -> Tensor:
        r"""Return the loss of two views of the same N rows, some of them background."""
        return sep_clr(
            common1,
            common2,
            salient1,
            salient2,
            background,
            temperature=self.temperature,
            uniformity=self.uniformity,
            salient=self.salient,
            null=self.null,
            joint=self.joint,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the weights and the options."""
        names = ("temperature", "uniformity", "salient", "null", "joint")
        own = ", ".join(f"{name}={getattr(self, name)}" for name in names)
        return f"{own}, {super().extra_repr()}"
