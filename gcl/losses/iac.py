r"""Contrast along a graph's influence matrix, with all nodes as negatives.

Legend: N nodes, M edges, M' entries of the influence matrix, D width.
"""

from functools import partial

import torch
from torch import Tensor

from gcl.checks import check_flag, check_int, check_matrix, check_positive
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.positive_pairs import PositivePairs
from gcl.functional.positive_sums import check_scale, log_positive_sums
from gcl.losses.base import PairwiseLoss, StreamOptions
from gcl.losses.meta_contrast import influence_pairs
from gcl.losses.reduce import check_reduction, reduce_rows
from gcl.per_graph import PerGraph, constant

_EPS = 1e-8  # under the logarithm, as in the authors' code


def iac(
    z: Tensor,
    edge_index: Tensor,
    edge_weight: Tensor | None = None,
    *,
    order: int = 1,
    cumulative: bool = True,
    scale: float = 0.5,
    precision: str = "highest",
    block_size: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Compute the contrast on a graph: see :class:`IAC`, which forms the influence only once.

    Shapes:
        z [N, D], edge_index [2, M], edge_weight [M] or None -> scalar, or [N] for
        ``reduction="none"``
    """
    pairs = influence_pairs(
        edge_index, len(_check_rows(z)), edge_weight, order=order, cumulative=cumulative
    )
    check_scale(check_positive(scale, "scale"))
    rows = _rows(z, pairs, scale=scale, precision=precision, block_size=block_size)
    return reduce_rows(rows, check_reduction(reduction))


@full_precision
def _rows(
    z: Tensor, pairs: PositivePairs, *, scale: float, precision: str, block_size: int | None
) -> Tensor:
    u = unit_rows(z)
    others = row_logsumexp(
        u, u, scale=scale, exclude_diagonal=True, precision=precision, block_size=block_size
    )
    # A node is similar to itself by 0: it adds exp(0) = 1 to the sum over all nodes.
    partition = torch.logaddexp(others, torch.zeros_like(others))  # [N]
    share = (log_positive_sums(u, pairs, scale=scale) - partition).exp()
    return -(share + _EPS).log()


def _check_rows(z: Tensor) -> Tensor:
    if not len(check_matrix(z, "z")):
        raise ValueError(f"z must have at least one row, got shape {list(z.shape)}")
    return z


class IAC(PairwiseLoss):
    r"""Contrast every node with all others, those that it influences along the graph being
    positives (`SCGC <https://arxiv.org/abs/2204.12656>`_).

    .. math::
        L = -\frac{1}{N} \sum_i \log \Big(
            \frac{\sum_j \Gamma_{ij} e^{\tau s_{ij}}}{\sum_j e^{\tau s_{ij}}} + 10^{-8} \Big),
        \qquad \Gamma = P^r \ \text{or} \ \sum_{k=1}^{r} P^k

    with cosine similarity s, of a node with itself :math:`s_{ii} = 0` as in the authors' code, and
    :func:`~gcl.functional.influence` of order r. Positives: all nodes within r hops, by influence.
    Negatives: all nodes; positives stay in the denominator, which a node enters with
    :math:`e^0 = 1`. No view, no projection: one embedding of each node is enough.
    The scale :math:`\tau` multiplies. :class:`~gcl.losses.PamC` replaces the denominators by a
    contrast between clusters.

    Args:
        order: r, 1 or more.
        cumulative: sum the powers up to r, as SCGC* does; otherwise take the last, as SCGC does.
        scale: :math:`\tau` > 0, at most 40.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N nodes.

    Shapes:
        z [N, D], edge_index [2, M], edge_weight [M] or None -> scalar, or [N] for
        ``reduction="none"``

    Raises:
        TypeError, ValueError: for embeddings that are no finite float matrix, edges out of range,
            or options out of range.

    Cost:
        O(N^2 D) time for the denominators and O(M' D) for the positives, O(N D + M')
        memory. The influence matrix is made once for a graph.

    Example:
        >>> z = torch.eye(3)
        >>> IAC(scale=1.0)(z, torch.tensor([[0, 1], [1, 0]]))
        tensor(1.0986)
    """

    def __init__(
        self,
        order: int = 1,
        *,
        cumulative: bool = True,
        scale: float = 0.5,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.order = check_int(order, "order", minimum=1)
        self.cumulative = check_flag(cumulative, "cumulative")
        self.scale = check_scale(check_positive(scale, "scale"))
        self._pairs = PerGraph(partial(influence_pairs, order=order, cumulative=cumulative))

    def forward(self, z: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        r"""Return the loss of embeddings along a graph."""
        weight = () if edge_weight is None else (constant(edge_weight),)
        pairs = self._pairs(edge_index, len(_check_rows(z)), *weight)
        options = StreamOptions(
            precision=self.options["precision"], block_size=self.options["block_size"]
        )
        return reduce_rows(_rows(z, pairs, scale=self.scale, **options), self.options["reduction"])

    def extra_repr(self) -> str:
        r"""Show the options."""
        own = f"order={self.order}, cumulative={self.cumulative}, scale={self.scale}"
        return f"{own}, {super().extra_repr()}"
