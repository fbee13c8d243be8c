r"""What the forms of PamC share: their options, the influence matrix, the negative term.

Legend: N nodes, M edges, K clusters, D width.
"""

from dataclasses import dataclass

from torch import Tensor

from gcl.checks import check_choice, check_flag, check_int, check_positive
from gcl.functional.autocast import full_precision
from gcl.functional.cosines import cosine_and_meta_sums
from gcl.functional.influence import influence
from gcl.functional.meta_nodes import (
    cluster_shares,
    log_meta_negatives,
    meta_sizes,
    meta_sums,
    own_similarity,
    share_rows,
)
from gcl.functional.normalize import at_least_float32, unit_rows
from gcl.functional.positive_pairs import PositivePairs, positive_pairs
from gcl.functional.positive_sums import log_positive_sums, positive_and_meta_sums
from gcl.losses.assignments import ASSIGNMENTS, check_assignment, check_num_clusters


@dataclass(frozen=True)
class MetaOptions:
    r"""How meta-nodes are built and contrasted; see :class:`~gcl.losses.PamC`."""

    scale: float = 0.5
    assignment: str = "hard"
    size_weighted: bool = False
    intra_cluster: bool = False
    num_clusters: int | None = None
    part: bool = False

    def __post_init__(self) -> None:
        check_positive(self.scale, "scale")
        check_choice(self.assignment, "assignment", ASSIGNMENTS)
        check_flag(self.size_weighted, "size_weighted")
        check_flag(self.intra_cluster, "intra_cluster")
        check_num_clusters(self.num_clusters)
        check_flag(self.part, "part")

    def assignment_of(self, cluster: Tensor, num_nodes: int) -> tuple[Tensor, int]:
        r"""The clusters, hard or soft, and their number K; an error if they do not fit."""
        return check_assignment(
            cluster, num_nodes, self.assignment, self.num_clusters, part=self.part
        )


def influence_pairs(
    edge_index: Tensor,
    num_nodes: int,
    edge_weight: Tensor | None = None,
    *,
    order: int | None = 1,
    cumulative: bool = True,
) -> PositivePairs:
    r"""The influence matrix of a graph, ready for the loss; without an order, the edges as it."""
    if order is not None:
        edge_index, edge_weight = influence(
            edge_index, num_nodes, order, cumulative=cumulative, edge_weight=edge_weight
        )
    return positive_pairs(edge_index, num_nodes, edge_weight)


def meta_rows(z: Tensor, cluster: Tensor, options: MetaOptions) -> Tensor:
    r"""What the negative term adds to each row; the mean of the rows is the term: [N]."""
    z = at_least_float32(z)
    cluster, count = options.assignment_of(cluster, len(z))
    return contrast_rows(meta_sums(z, cluster, count), z, cluster, options)


def contrast_rows(m: Tensor, z: Tensor, cluster: Tensor, options: MetaOptions) -> Tensor:
    r"""The term of :func:`meta_rows` from the sums of the clusters' rows.

    Shapes:
        m [K, D], z [N, D], cluster [N] or [N, K] -> [N]
    """
    size = meta_sizes(cluster, len(m), z.dtype)
    log_sums = log_meta_negatives(
        m,
        size,
        scale=options.scale,
        size_weighted=options.size_weighted,
        own=own_similarity(z, cluster, size) if options.intra_cluster else None,
    )
    share = cluster_shares(size, len(z), size_weighted=options.size_weighted)
    return share_rows(share * log_sums, cluster)


@full_precision
def graph_rows(z: Tensor, pairs: PositivePairs, cluster: Tensor, options: MetaOptions) -> Tensor:
    r"""The loss of each row of a graph: [N]."""
    z = at_least_float32(z)
    cluster, count = options.assignment_of(cluster, len(z))
    if cluster.is_floating_point():
        positive, m = log_positive_sums(z, pairs, scale=options.scale), meta_sums(z, cluster, count)
    else:
        positive, m = positive_and_meta_sums(z, pairs, cluster, count, scale=options.scale)
    return contrast_rows(m, z, cluster, options) - positive


@full_precision
def view_rows(z1: Tensor, z2: Tensor, cluster: Tensor, options: MetaOptions) -> Tensor:
    r"""The loss of each row of two views: [N]."""
    z1, z2 = at_least_float32(z1), at_least_float32(z2)
    cluster, count = options.assignment_of(cluster, len(z1))
    if cluster.is_floating_point():
        cosine = (unit_rows(z1) * unit_rows(z2)).sum(1)
        m1, m2 = meta_sums(z1, cluster, count), meta_sums(z2, cluster, count)
    else:
        cosine, m1, m2 = cosine_and_meta_sums(z1, z2, cluster, count)
    negative = contrast_rows(m1, z1, cluster, options) + contrast_rows(m2, z2, cluster, options)
    return negative / 2 - options.scale * cosine


def check_order(order: int | None, cumulative: bool) -> None:
    r"""Raise unless the steps of the walk are 1 or more, or None for the edges as they are."""
    check_flag(cumulative, "cumulative")
    if order is not None:
        check_int(order, "order", minimum=1)
    elif not cumulative:
        raise ValueError("cumulative=False would be ignored: with order=None no power is taken")
