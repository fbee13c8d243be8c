r"""The decoupled contrastive loss: NT-Xent without the positive in its denominator.

Legend: N rows of each view, D width.
"""

from torch import Tensor

from gcl.checks import check_flag, check_positive
from gcl.losses.base import GatheredLoss
from gcl.losses.negatives import log_negatives, unit_views
from gcl.losses.reduce import check_reduction, reduce_rows

_SIGMA = 0.5


def dcl(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.1,
    weighted: bool = False,
    sigma: float | None = None,
    detach_weight: bool = True,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the decoupled contrastive loss of two views: see :class:`DCL`."""
    check_positive(temperature, "temperature")
    check_reduction(reduction)
    _check_weighting(weighted, sigma, detach_weight)
    u, v, among = unit_views(z1, z2, gather)
    negative = log_negatives(
        u, v, among, scale=1 / temperature, precision=precision, block_size=block_size
    )  # [2, N]
    similarity = (u * v).sum(1)  # [N]
    positive = similarity / temperature
    if weighted:
        everywhere = (among.u * among.v).sum(1) / (sigma or _SIGMA)
        weight = (2 - len(everywhere) * everywhere.softmax(0))[among.own : among.own + len(u)]
        positive = positive * (weight.detach() if detach_weight else weight)
    return reduce_rows(negative.mean(0) - positive, reduction)


def _check_weighting(weighted: bool, sigma: float | None, detach_weight: bool) -> None:
    check_flag(weighted, "weighted")
    check_flag(detach_weight, "detach_weight")
    if sigma is not None:
        check_positive(sigma, "sigma")
    if not weighted and (sigma is not None or not detach_weight):
        raise ValueError(
            f"sigma={sigma}, detach_weight={detach_weight} would be ignored without weighted=True"
        )


class DCL(GatheredLoss):
    r"""Contrast every node with all others of both views, the positive left out of the denominator
    (`DCL <https://arxiv.org/abs/2110.06848>`_).

    .. math::
        \ell(u_i) = -w_i \frac{s(u_i, v_i)}{\tau}
            + \log \sum_{j \neq i} \left[ e^{s(u_i, v_j) / \tau} + e^{s(u_i, u_j) / \tau} \right],
        \qquad L = \frac{1}{2N} \sum_i \left[ \ell(u_i) + \ell(v_i) \right]

    with cosine similarity s, u = ``z1``, v = ``z2`` and :math:`w_i = 1`. Positive: the same row of
    the other view. Negatives: every other row of both views. A pair that is close already keeps
    its full gradient, which NT-Xent multiplies by the probability that the pair is missed. With
    that probability 1 - p, the loss is NT-Xent + log(1 - p); it may be negative.

    With ``weighted`` it is DCLW, where pairs that are close count less:
    :math:`w_i = 2 - N \operatorname{softmax}_i(s(u_i, v_i) / \sigma)`, 1 on average and perhaps
    negative. Implementations differ in whether the gradient passes through these weights; by
    default it does not.

    Args:
        temperature: :math:`\tau` > 0.
        weighted: weigh the positives (DCLW).
        sigma: :math:`\sigma` > 0 of the weights; 0.5 if None. Only with ``weighted``.
        detach_weight: let no gradient through the weights. False only with ``weighted``.
        gather: in a group of processes, take the rows of all of them as candidates; their mean
            loss, with gradients averaged, is then that of one process with all rows. Unequal
            numbers of rows weigh the losses, as :func:`gcl.training.fit` does.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar, or [N] for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, a temperature or sigma that is not positive, options of the weights without
            weights, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory; one and a half times the pairs of NT-Xent, whose two views
        are walked as one.

    Example:
        >>> z = torch.eye(3)
        >>> DCL(temperature=1.0)(z, z)  # log 4 - 1: orthogonal negatives, two in each view
        tensor(0.3863)
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        weighted: bool = False,
        sigma: float | None = None,
        detach_weight: bool = True,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        _check_weighting(weighted, sigma, detach_weight)
        self.temperature = check_positive(temperature, "temperature")
        self.weighted, self.sigma, self.detach_weight = weighted, sigma, detach_weight

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return dcl(
            z1,
            z2,
            temperature=self.temperature,
            weighted=self.weighted,
            sigma=self.sigma,
            detach_weight=self.detach_weight,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature and the options."""
        return f"temperature={self.temperature}, weighted={self.weighted}, {super().extra_repr()}"
