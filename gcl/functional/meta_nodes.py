r"""Meta-nodes: one vector for each cluster, standing for its nodes, and the contrast among them.

A cluster assignment is either hard, one number for each node (-1 for none), or soft, one
distribution over the clusters for each node.

Legend: N nodes, K clusters, D width.
"""

import torch
from torch import Tensor

from gcl.functional.directions import chunks
from gcl.functional.normalize import unit_rows

# A cluster with less than this of one node counts as empty; hard clusters hold 0, 1, ... nodes.
_LEAST = 1e-6


def meta_sums(x: Tensor, cluster: Tensor, num_clusters: int) -> Tensor:
    r"""Sum the rows of every cluster.

    .. math::
        m_k = \sum_{i : c(i) = k} x_i \quad \text{or, soft,} \quad m_k = \sum_i q_{ik} x_i

    Args:
        x: rows.
        cluster: cluster of each row, -1 for none, or the shares q of each row in every cluster;
            gradients flow to the rows, and to q.
        num_clusters: number K of clusters.

    Shapes:
        x [N, D], cluster [N] or [N, K] -> [K, D]

    Cost: O(N D) time, O(N K D) with soft clusters; O(K D) memory.

    Example:
        >>> meta_sums(torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([0, 1, 0]), 2)
        tensor([[5.],
                [2.]])
    """
    if cluster.is_floating_point():
        return cluster.to(x.dtype).t() @ x
    # Rows without a cluster are summed too, in a last row that is cut off.
    total = x.new_zeros(num_clusters + 1, x.size(1))
    return total.index_add(0, _last_if_none(cluster, num_clusters), x)[:num_clusters]


def add_shared_(out: Tensor, value: Tensor, cluster: Tensor) -> None:
    r"""Add to every row the row of its hard cluster, in place, some rows at a time.

    Shapes:
        out [N, D], value [K, D], cluster [N]
    """
    padded = torch.nn.functional.pad(value, (0, 0, 0, 1))  # nothing for a row without a cluster
    place = _last_if_none(cluster, len(value))
    for part in chunks(out):
        out[part] += padded.index_select(0, place[part])


def meta_sizes(cluster: Tensor, num_clusters: int, dtype: torch.dtype = torch.float32) -> Tensor:
    r"""Count the nodes of every cluster, or sum their shares.

    Shapes:
        cluster [N] or [N, K] -> [K]

    Example:
        >>> meta_sizes(torch.tensor([0, 0, -1]), 2)
        tensor([2., 0.])
    """
    if cluster.is_floating_point():
        return cluster.to(dtype).sum(0)
    return torch.bincount(cluster + 1, minlength=num_clusters + 1)[1:].to(dtype)


def occupied(size: Tensor) -> Tensor:
    r"""Which clusters hold anything: [K]."""
    return size.detach() > _LEAST


def own_similarity(x: Tensor, cluster: Tensor, size: Tensor) -> Tensor:
    r"""Compute the mean cosine of two members of each cluster, from the length of their sum.

    .. math::
        \bar s_k = \frac{1}{N_k^2} \sum_{c(i) = c(j) = k,\ i \ne j} s(x_i, x_j)
            = \frac{\lVert \sum_{c(i) = k} u_i \rVert^2 - n_k}{N_k^2}

    with :math:`u_i` the direction of :math:`x_i` and :math:`n_k` the number of directions: a row
    has similarity 0 with itself, so that a cluster of one gives 0. Soft clusters weight the pairs
    by :math:`q_{ik} q_{jk}`.

    Shapes:
        x [N, D], cluster [N] or [N, K], size [K] -> [K], 0 for an empty cluster

    Cost: as :func:`meta_sums`.

    Example:
        >>> x = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
        >>> own_similarity(x, torch.tensor([0, 0, 1]), torch.tensor([2.0, 1.0]))
        tensor([0.5000, 0.0000])
    """
    u = unit_rows(x)
    square = u.square().sum(1, keepdim=True)  # 1, or 0 of a zero row
    soft = cluster.is_floating_point()
    alone = meta_sums(square, cluster.square() if soft else cluster, len(size)).squeeze(1)
    total = meta_sums(u, cluster, len(size)).square().sum(1)
    filled = occupied(size)
    return (total - alone) * filled / size.masked_fill(~filled, 1.0).square()


def log_meta_negatives(
    m: Tensor,
    size: Tensor,
    *,
    scale: float,
    size_weighted: bool = False,
    own: Tensor | None = None,
) -> Tensor:
    r"""Compute the logarithms of sums of exponentials over all meta-nodes.

    .. math::
        \log \sum_l w_l \exp(t S_{kl}), \qquad S_{kl} = s(m_k, m_l), \quad S_{kk} := \bar s_k

    with cosine similarity s and :math:`w_l = 1`, or the size :math:`N_l`. Empty clusters are no
    term of the sum.

    Args:
        m: meta-nodes.
        size: size of each cluster.
        scale: t > 0.
        size_weighted: weight every meta-node by its size.
        own: similarity :math:`\bar s_k` of a meta-node with itself; 0 if None.

    Shapes:
        m [K, D], size [K], own [K] or None -> [K], of no meaning for an empty cluster

    Cost: O(K^2 D) time, O(K^2) memory.

    Example:
        >>> log_meta_negatives(torch.eye(2), torch.ones(2), scale=1.0)
        tensor([0.6931, 0.6931])
    """
    u = unit_rows(m)
    s = (u @ u.t()).fill_diagonal_(0.0)  # [K, K]
    if own is not None:
        s = s + own.diag()
    empty = ~occupied(size)
    weight = size if size_weighted else torch.ones_like(size)
    logits = scale * s + weight.masked_fill(empty, 1.0).log()
    return logits.masked_fill(empty, -torch.inf).logsumexp(1)


def cluster_shares(size: Tensor, num_nodes: int, *, size_weighted: bool = False) -> Tensor:
    r"""How often a node counts the term of its cluster, so that their mean is that of clusters.

    .. math::
        \frac{1}{N} \sum_i a_{c(i)} \ell_{c(i)} = \frac{1}{C} \sum_k \ell_k
        \quad \text{or, size-weighted,} \quad \sum_k \frac{N_k}{\sum_l N_l} \ell_k

    with C the clusters that are not empty.

    Shapes:
        size [K] -> a [K], 0 for an empty cluster
    """
    filled = occupied(size)
    if size_weighted:
        return filled * num_nodes / size.sum()
    return filled * num_nodes / (filled.sum() * size.masked_fill(~filled, 1.0))


def share_rows(value: Tensor, cluster: Tensor) -> Tensor:
    r"""Give every node the value of its cluster, or its soft mixture; 0 without a cluster.

    Shapes:
        value [K], cluster [N] or [N, K] -> [N]
    """
    if cluster.is_floating_point():
        return cluster.to(value.dtype) @ value
    place = _last_if_none(cluster, len(value))
    return torch.nn.functional.pad(value, (0, 1)).index_select(0, place)


def _last_if_none(cluster: Tensor, num_clusters: int) -> Tensor:
    return torch.where(cluster < 0, num_clusters, cluster)
