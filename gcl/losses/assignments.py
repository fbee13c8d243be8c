r"""Checks of cluster assignments.

Legend: N nodes, K clusters.
"""

import torch
from torch import Tensor

from gcl.checks import NonFiniteError, check_choice, check_int, check_labels, describe

ASSIGNMENTS = ("hard", "soft")
_TOLERANCE = 0.05  # of sums of K probabilities in bfloat16


def check_assignment(
    cluster: Tensor,
    num_nodes: int,
    assignment: str = "hard",
    num_clusters: int | None = None,
    *,
    part: bool = False,
) -> tuple[Tensor, int]:
    r"""The clusters as a loss uses them, and their number K; an error if they do not fit.

    Args:
        cluster: cluster of each node, -1 for none, or its shares in every cluster.
        num_nodes: number of nodes N.
        assignment: ``"hard"`` takes the largest share, without gradient; ``"soft"`` the shares.
        num_clusters: K; the largest cluster number and one more, or the width, if None.
        part: whether the rows are some of those that were clustered: K may be above N then.

    Shapes:
        cluster [N] or [N, K] -> [N] or, soft, [N, K]

    Raises:
        TypeError, ValueError: for anything else, numbers out of range, shares that are no
            distributions, K outside [2, N] (of a part: below 2), or nodes that are all
            without a cluster.
    """
    check_choice(assignment, "assignment", ASSIGNMENTS)
    if isinstance(cluster, Tensor) and cluster.is_floating_point():
        count = _check_shares(cluster, num_nodes, assignment)
    elif assignment == "soft":
        raise TypeError(
            f"cluster must hold shares [{num_nodes}, K] for assignment='soft', a floating-point "
            f"tensor; got {describe(cluster)}"
        )
    else:
        count = _check_numbers(cluster, num_nodes)
    count = _check_count(count, num_nodes, num_clusters, cluster, part)
    if assignment == "hard" and cluster.is_floating_point():
        return cluster.detach().argmax(1), count
    return (cluster if assignment == "soft" else cluster.long()), count


def check_num_clusters(num_clusters: int | None) -> int | None:
    r"""Raise unless ``num_clusters`` is None or 2 or more."""
    return None if num_clusters is None else check_int(num_clusters, "num_clusters", minimum=2)


def _check_shares(cluster: Tensor, num_nodes: int, assignment: str) -> int:
    if cluster.dim() != 2 or len(cluster) != num_nodes:
        raise ValueError(f"cluster must have shape [{num_nodes}, K], got {describe(cluster)}")
    if not torch.isfinite(cluster.detach().sum()):
        raise NonFiniteError(f"cluster must be finite, got NaN or infinity in {describe(cluster)}")
    if assignment == "soft":
        q = cluster.detach()
        off = float((q.sum(1) - 1).abs().max())
        if float(q.min()) < 0 or off > _TOLERANCE:
            raise ValueError(
                "cluster must hold shares of 0 or above that sum to 1 in every row for "
                f"assignment='soft', got a least share of {float(q.min()):g} and a sum that is off "
                f"by {off:g}"
            )
    return cluster.size(1)


def _check_numbers(cluster: Tensor, num_nodes: int) -> int:
    check_labels(cluster, num_nodes, "cluster")
    highest = int(cluster.max()) if num_nodes else -1
    if highest < 0:
        raise ValueError("cluster must give some node a cluster, got -1 for all")
    return highest + 1


def _check_count(
    count: int, num_nodes: int, num_clusters: int | None, cluster: Tensor, part: bool
) -> int:
    if num_clusters is not None:
        fits = count == num_clusters if cluster.is_floating_point() else count <= num_clusters
        if not fits:
            raise ValueError(
                f"cluster must lie in [0, {num_clusters}), the num_clusters given, or have "
                f"{num_clusters} columns; got {count - 1 if cluster.dim() == 1 else count}"
            )
        count = num_clusters
    if count < 2 or (count > num_nodes and not part):
        raise ValueError(
            f"cluster must tell 2 clusters or more apart, and at most the {num_nodes} nodes; "
            f"got {count}"
        )
    return count
