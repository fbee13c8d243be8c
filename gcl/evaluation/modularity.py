r"""How much more edges lie within clusters than chance would have it.

Legend: N nodes, M edges, K clusters.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_labels, describe


def modularity(cluster: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None) -> float:
    r"""Compute the modularity of a clustering (`Newman 2006
    <https://doi.org/10.1073/pnas.0601602103>`_).

    .. math::
        Q = \sum_k \Big[ \frac{W_k}{W} - \frac{O_k I_k}{W^2} \Big]

    with the weight :math:`W_k` of edges inside cluster k, :math:`O_k` and :math:`I_k` of those out
    of and into its nodes, and W of all edges. An undirected edge is listed in both directions, as
    in PyG. No labels are needed. A graph without edges gives 0.

    Args:
        cluster: cluster of each node, 0 or above.
        edge_index: edges.
        edge_weight: weight of each edge, 0 or above; all 1 if None.

    Shapes:
        cluster [N], edge_index [2, M], edge_weight [M] or None -> a number in [-1, 1]

    Raises:
        TypeError, ValueError: for clusters below 0, edges out of range, weights that do not fit.

    Cost: O(M + K).

    Example:
        >>> edges = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
        >>> modularity(torch.tensor([0, 0, 1, 1]), edges)
        0.5
    """
    check_labels(cluster, len(cluster), "cluster")
    source, target = check_edge_index(edge_index, len(cluster)).long()
    if len(cluster) and int(cluster.min()) < 0:
        raise ValueError(f"cluster must be 0 or above, got {int(cluster.min())}")
    if edge_weight is not None and edge_weight.shape != source.shape:
        raise ValueError(
            f"edge_weight must have shape [{len(source)}], got {describe(edge_weight)}"
        )
    weight = torch.ones(len(source), device=source.device) if edge_weight is None else edge_weight
    total = weight.double().sum().item()
    if not total:
        return 0.0
    share = weight.double() / total
    out, into = cluster[source], cluster[target]
    count = int(cluster.max()) + 1
    out_sum, in_sum = (share.new_zeros(count).index_add(0, end, share) for end in (out, into))
    return (share[out == into].sum() - out_sum @ in_sum).item()
