r"""InfoNCE with soft targets taken from a graph.

Legend: N rows, D width, M edges.
"""

from functools import partial

from torch import Tensor

from gcl.checks import check_flag, check_pair, check_positive, check_probability
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.losses.base import PairwiseLoss
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.losses.soft_targets import Product, edge_targets, profile_targets, sparse_matrix


@full_precision
def soft_target_info_nce(
    z1: Tensor,
    z2: Tensor,
    edge_index: Tensor,
    edge_weight: Tensor | None = None,
    *,
    temperature: float = 0.5,
    alpha: float = 0.1,
    profiles: bool = False,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute InfoNCE with soft targets: see :class:`SoftTargetInfoNCE`."""
    check_pair(z1, z2)
    check_positive(temperature, "temperature")
    check_probability(alpha, "alpha")
    check_reduction(reduction)
    u, v = unit_rows(z1), unit_rows(z2)
    matrix = sparse_matrix(edge_index, edge_weight, u)
    forward, backward = (profile_targets if profiles else edge_targets)(matrix)
    lse = partial(row_logsumexp, scale=1 / temperature, precision=precision, block_size=block_size)
    there = _cross_entropy(u, v, lse(u, v), forward, temperature, alpha)
    back = _cross_entropy(v, u, lse(v, u), backward, temperature, alpha)
    return reduce_rows((there + back) / 2, reduction)


def _cross_entropy(
    u: Tensor, v: Tensor, partition: Tensor, target: Product, temperature: float, alpha: float
) -> Tensor:
    r"""Cross-entropy of every row of ``u`` with its target over ``v``: [N]."""
    mass = (1 - alpha) + alpha * target(u.new_ones(len(u), 1)).squeeze(1)  # [N], 1 or 1 - alpha
    pulled = (1 - alpha) * v + alpha * target(v)  # [N, D]
    return mass * partition - (u * pulled).sum(1) / temperature


class SoftTargetInfoNCE(PairwiseLoss):
    r"""Contrast two views with targets that a graph has smoothed (`ConGraT
    <https://arxiv.org/abs/2305.14321>`_).

    .. math::
        L = \frac{1}{2} \left[ \operatorname{CE}(S, Y) + \operatorname{CE}(S^\top, Y') \right],
        \qquad Y = (1 - \alpha) I + \alpha \tilde T

    with :math:`S_{ij} = s(u_i, v_j) / \tau`, cosine similarity s, and CE the cross-entropy of the
    softmax of each row with its target, averaged over the rows. T holds the weights of the edges
    (i, j), :math:`i \neq j`; :math:`\tilde T` has its rows divided by their sums, and Y' is made
    from the transpose of T. Positives: the same row of the other view with weight
    :math:`1 - \alpha`, and the rows that edges lead to with :math:`\alpha` in total. Negatives: all
    rows of the other view, by the softmax. A row without edges has target mass :math:`1 - \alpha`
    and counts less. With :math:`\alpha = 0` the loss is :class:`~gcl.losses.InfoNCE`. Targets are
    constants.

    With ``profiles`` the edges do not hold T but what it is made of: row i of their matrix M is the
    profile of node i, and T the cosines of profiles, computed as M (M^T V) and never formed.
    ConGraT's own target has :math:`M = A A^\top`, the numbers of common neighbours. Its weights by
    rank and its learnt temperature are left out.

    Args:
        temperature: :math:`\tau` > 0.
        alpha: share :math:`\alpha` of the graph in the targets, in [0, 1].
        profiles: take edges for profiles whose cosines are the target.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N pairs.

    Shapes:
        z1 [N, D], z2 [N, D], edge_index [2, M], edge_weight [M] (ones if None) -> scalar, or [N]
        for ``reduction="none"``

    Raises:
        TypeError, ValueError: for views that are no finite float matrices of one shape, edges out
            of range, weights of another length or below 0, a temperature that is not positive,
            ``alpha`` outside [0, 1], or an unknown precision or reduction.

    Cost:
        O(N^2 D) time for the denominators, O(M D) for the targets; O(N D + M) memory.

    Example:
        >>> edge_index = torch.tensor([[0, 1], [1, 0]])
        >>> z = torch.eye(3)  # nodes 0 and 1 should be closer than they are, node 2 counts less
        >>> SoftTargetInfoNCE(1.0, alpha=0.5, reduction="none")(z, z, edge_index)
        tensor([1.0514, 1.0514, 0.2757])
    """

    def __init__(
        self,
        temperature: float = 0.5,
        alpha: float = 0.1,
        *,
        profiles: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.temperature = check_positive(temperature, "temperature")
        self.alpha = check_probability(alpha, "alpha")
        self.profiles = check_flag(profiles, "profiles")

    def forward(
        self, z1: Tensor, z2: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None
    ) -> Tensor:
        r"""Return the loss of two views of the same N rows, given edges among them."""
        return soft_target_info_nce(
            z1,
            z2,
            edge_index,
            edge_weight,
            temperature=self.temperature,
            alpha=self.alpha,
            profiles=self.profiles,
            **self.options,
        )

    def extra_repr(self) -> str:
        r"""Show the parameters and the options."""
        own = f"temperature={self.temperature}, alpha={self.alpha}, profiles={self.profiles}"
        return f"{own}, {super().extra_repr()}"
