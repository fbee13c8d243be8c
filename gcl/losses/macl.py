r"""The model-aware contrastive loss: a temperature that follows alignment, gradients reweighted.

Legend: N rows of each view, D width.
"""

from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_positive, check_probability
from gcl.losses.base import GatheredLoss
from gcl.losses.negatives import log_negatives, unit_views
from gcl.losses.reduce import check_reduction, reduce_rows

# The factor 1 + alpha * (A - A0) reaches 0 for opposed views; the paper gives no bound.
MIN_FACTOR = 0.1


def macl(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float = 0.1,
    alpha: float = 0.5,
    threshold: float = 0.0,
    gather: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the model-aware contrastive loss of two views: see :class:`MACL`."""
    check_positive(temperature, "temperature")
    check_probability(alpha, "alpha")
    check_probability(threshold, "threshold")
    check_reduction(reduction)
    u, v, among = unit_views(z1, z2, gather)
    similarity = (u * v).sum(1)  # [N]
    aligned = (among.u * among.v).sum(1).detach().mean().item()
    factor = 1 + alpha * (aligned - threshold)
    scale = 1 / (temperature * max(factor, MIN_FACTOR))
    negative = log_negatives(u, v, among, scale=scale, precision=precision, block_size=block_size)
    return reduce_rows(_reweighted(negative - scale * similarity).mean(0), reduction)


def _reweighted(x: Tensor) -> Tensor:
    r"""-log(P) / (1 - P) for P = sigmoid(-x) with the denominator detached.

    That makes its slope exactly 1, however close P comes to 1. Its value tends to 1 there; below
    -30 it is 1 to all digits of a float32.
    """
    bounded = x.clamp_min(-30.0)
    value = F.softplus(bounded) / bounded.sigmoid()
    return x + (value - x).detach()


class MACL(GatheredLoss):
    r"""Contrast at a temperature that rises with the views' alignment, so that close pairs keep
    learning (`MACL <https://arxiv.org/abs/2207.07874>`_).

    .. math::
        P_i = \frac{e^{s(u_i, v_i) / \tau_a}}{\sum_j e^{s(u_i, v_j) / \tau_a}
            + \sum_{j \neq i} e^{s(u_i, u_j) / \tau_a}}, \qquad
        \tau_a = \tau_0 \big( 1 + \alpha (A - A_0) \big), \qquad
        \ell(u_i) = -\frac{\log P_i}{1 - P_i}

    with cosine similarity s and its mean A over the matching rows; the loss is the mean of
    :math:`\ell(u_i)` and :math:`\ell(v_i)` over all rows. Positive: the same row of the other view.
    Negatives: every other row of both views. The temperature and the weight 1 / (1 - P) are
    constants for the gradient, which is therefore that of :class:`~gcl.losses.DCL` at
    :math:`\tau_a`; it is computed in that form, which needs no small constant in the weight.
    The factor of :math:`\tau_0` is kept at 0.1 or above, a bound of our own. Unverified: which
    :math:`\tau_0, \alpha, A_0` suit graphs; the defaults are those of a re-implementation for
    images.

    Args:
        temperature: :math:`\tau_0` > 0.
        alpha: how strongly the temperature follows alignment, in [0, 1].
        threshold: :math:`A_0`, the alignment at which the temperature is :math:`\tau_0`, in [0, 1].
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
            2 rows, options out of range, or an unknown precision or reduction.

    Cost:
        O(N^2 D) time, O(N D) memory.

    Example:
        >>> z1, z2 = torch.randn(100, 16), torch.randn(100, 16)
        >>> MACL()(z1, z2).shape
        torch.Size([])
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        alpha: float = 0.5,
        threshold: float = 0.0,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            gather=gather, precision=precision, block_size=block_size, reduction=reduction
        )
        self.temperature = check_positive(temperature, "temperature")
        self.alpha = check_probability(alpha, "alpha")
        self.threshold = check_probability(threshold, "threshold")

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        r"""Return the loss of two views of the same N rows."""
        return macl(
            z1,
            z2,
            temperature=self.temperature,
            alpha=self.alpha,
            threshold=self.threshold,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the temperature, its rule and the options."""
        own = f"temperature={self.temperature}, alpha={self.alpha}, threshold={self.threshold}"
        return f"{own}, {super().extra_repr()}"
