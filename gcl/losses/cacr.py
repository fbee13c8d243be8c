r"""Contrastive attraction and contrastive repulsion.

Legend: N rows of each view, K further positives of each, D width.
"""

from torch import Tensor

from gcl.checks import check_positive
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.entropy import row_p_log_p
from gcl.losses.negatives import check_negatives
from gcl.losses.positives import with_positives
from gcl.losses.reduce import check_reduction, reduce_rows


def cacr(
    z1: Tensor,
    z2: Tensor,
    positives: Tensor | None = None,
    *,
    t_positive: float = 1.0,
    t_negative: float = 2.0,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute attraction and repulsion of two views: see :class:`CACR`."""
    check_negatives(z1, z2)
    check_positive(t_positive, "t_positive")
    check_positive(t_negative, "t_negative")
    check_reduction(reduction)
    u, v = unit_rows(z1), unit_rows(z2)
    distance = (u[:, None] - with_positives(v, positives)).square().sum(2)  # [N, 1 + K]
    attraction = ((t_positive * distance).softmax(1) * distance).sum(1)  # [N]
    repulsion = _mean_distance(u, v, t_negative, precision, block_size)
    return reduce_rows(attraction - repulsion, reduction)


def _mean_distance(
    u: Tensor, v: Tensor, t: float, precision: str, block_size: int | None
) -> Tensor:
    r"""Mean of d_ij = |u_i - v_j|^2 over j != i under the weights softmax_j(-t d_ij): [N].

    With logits x = -t d and log-partition m, the mean of x under its own softmax is m plus the sum
    of p log p, so that two streamed passes suffice.
    """
    row_bias, col_bias = (-t * x.square().sum(1) for x in (u, v))
    log_partition = row_logsumexp(
        u,
        v,
        scale=2 * t,
        row_bias=row_bias,
        col_bias=col_bias,
        exclude_diagonal=True,
        precision=precision,
        block_size=block_size,
    )
    negative_entropy = row_p_log_p(
        u,
        v,
        log_partition,
        scale=2 * t,
        row_bias=row_bias,
        col_bias=col_bias,
        precision=precision,
        block_size=block_size,
    )
    return -(log_partition + negative_entropy) / t


class CACR(PairwiseLoss):
    r"""Pull far positives harder than near ones, and push near negatives harder than far ones
    (`CACR <https://arxiv.org/abs/2105.03746>`_).

    .. math::
        L = \frac{1}{N} \sum_i \Big[ \sum_k \pi^+_{ik}\, d(u_i, v_{ik})
            - \sum_{j \neq i} \pi^-_{ij}\, d(u_i, v_j) \Big], \qquad
        \pi^+_{ik} = \operatorname{softmax}_k \big( t^+ d(u_i, v_{ik}) \big), \qquad
        \pi^-_{ij} = \operatorname{softmax}_j \big( -t^- d(u_i, v_j) \big)

    with the squared distance d of unit rows. Positives: the same row of ``z2``, and the
    ``positives`` passed to the call, such as further views or neighbours. Negatives: all other rows
    of ``z2``. Only ``z1`` holds anchors. Gradients flow through the weights too. Without further
    positives :math:`\pi^+ = 1`, and attraction is :func:`~gcl.losses.alignment`.

    The formulas are those of the authors' code. :math:`t^+ = 1` and :math:`t^- = 2` are from their
    commands for CIFAR-100 and STL-10 (0.9 in place of 2 for CIFAR-10); unverified: any value for
    graphs.

    Args:
        t_positive: :math:`t^+` > 0.
        t_negative: :math:`t^-` > 0.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N anchors.

    Shapes:
        z1 [N, D], z2 [N, D], positives [N, K, D] or None -> scalar, or [N] for
        ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, fewer than
            2 rows, positives of another shape, options out of range, or an unknown precision or
            reduction.

    Cost:
        O(N^2 D) time, O(N K D) memory.

    Example:
        >>> z = torch.eye(4)
        >>> CACR()(z, z)  # no distance to the positives, 2 to all others
        tensor(-2.)
    """

    def __init__(
        self,
        *,
        t_positive: float = 1.0,
        t_negative: float = 2.0,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.t_positive = check_positive(t_positive, "t_positive")
        self.t_negative = check_positive(t_negative, "t_negative")

    def forward(self, z1: Tensor, z2: Tensor, positives: Tensor | None = None) -> Tensor:
        r"""Return the loss of two views of the same N rows, and perhaps further positives."""
        return cacr(
            z1,
            z2,
            positives,
            t_positive=self.t_positive,
            t_negative=self.t_negative,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperatures and the options."""
        own = f"t_positive={self.t_positive}, t_negative={self.t_negative}"
        return f"{own}, {super().extra_repr()}"
