r"""Clusters of rows that are hard negatives of each other.

Legend: N rows, D width, p rows skipped and m rows kept of a ranking, K rows of a cluster, M edges.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, check_matrix
from gcl.functional.edges import plain
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_topk
from gcl.functional.partition import partition_graph


def mutual_hard_pairs(
    z: Tensor, *, skip: int = 30, keep: int = 100, edge_index: Tensor | None = None
) -> Tensor:
    r"""Join rows that are hard negatives of each other, after `B3
    <https://arxiv.org/abs/2505.11293>`_.

    All other rows are ranked by their cosine similarity to row i. The first p are passed over,
    since they probably are false negatives; the next m are its hard negatives :math:`S_i`. Rows i
    and j are joined if :math:`j \in S_i` and :math:`i \in S_j`.

    Args:
        z: embeddings of a teacher.
        skip: p, 0 or more.
        keep: m, 1 or more; both together are cut to N - 1.
        edge_index: edges of a graph whose neighbours are no negatives either; not in the paper.

    Shapes:
        z [N, D], edge_index [2, M] -> [2, number of joined pairs, in both directions]

    Raises:
        TypeError, ValueError: for arguments of the wrong kind or out of range.

    Cost: O(N^2 D) time in blocks, O(N (p + m)) memory.

    Example:
        >>> z = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
        >>> mutual_hard_pairs(z, skip=0, keep=1)
        tensor([[0, 1],
                [1, 0]])
    """
    check_matrix(z, "z")
    check_int(skip, "skip")
    check_int(keep, "keep", minimum=1)
    nodes = torch.arange(len(z), device=z.device)
    wanted = min(skip + keep, len(z) - 1)
    if wanted <= skip:
        return nodes.new_empty(2, 0)
    unit = unit_rows(z.detach())
    _, near = row_topk(unit, unit, wanted, exclude_diagonal=True)
    hard = near[:, skip:]
    source, target = nodes.repeat_interleave(hard.size(1)), hard.reshape(-1)
    code, mirror = source * len(z) + target, target * len(z) + source
    mutual = _among(mirror, code)
    if edge_index is not None:
        ends = check_edge_index(plain(edge_index), len(z)).long()
        edges = torch.cat([ends[0] * len(z) + ends[1], ends[1] * len(z) + ends[0]])
        mutual &= ~_among(code, edges)
    return torch.stack([source[mutual], target[mutual]])


def equal_clusters(
    edge_index: Tensor, num_nodes: int, cluster_size: int, *, method: str = "metis", seed: int = 0
) -> Tensor:
    r"""List the nodes so that every run of ``cluster_size`` is one cluster that few edges leave.

    The graph is divided by :func:`gcl.functional.partition_graph`. Of a part with too
    many nodes, those with the fewest edges inside it move to parts that lack some.

    Args:
        edge_index: edges, each in both directions.
        num_nodes: number of nodes N.
        cluster_size: K, from 1 to N; the last run is shorter if K does not divide N.
        method: ``"metis"`` or ``"communities"``.
        seed: of the partition.

    Shapes:
        edge_index [2, M] -> [N]

    Cost: that of the partition, and two sorts of N numbers.

    Example:
        >>> pairs = torch.tensor([[0, 2, 1, 3], [2, 0, 3, 1]])
        >>> sorted(sorted(c.tolist()) for c in equal_clusters(pairs, 4, 2).split(2))
        [[0, 2], [1, 3]]
    """
    if check_int(cluster_size, "cluster_size", minimum=1) > num_nodes:
        raise ValueError(f"cluster_size must be at most {num_nodes}, got {cluster_size}")
    count = -(-num_nodes // cluster_size)
    part = partition_graph(edge_index, num_nodes, count, method=method, seed=seed)
    sizes = torch.bincount(part, minlength=count)
    part = sizes.argsort(descending=True, stable=True).argsort()[part]  # the smallest is last
    capacity = torch.full_like(sizes, cluster_size)
    capacity[-1] = num_nodes - (count - 1) * cluster_size
    return _fill(part, capacity, plain(edge_index).long())


def _fill(part: Tensor, capacity: Tensor, edge_index: Tensor) -> Tensor:
    r"""Nodes part by part, each with as many as its capacity: [N]."""
    source, target = edge_index
    inside = torch.bincount(target[part[source] == part[target]], minlength=len(part))
    order = inside.argsort(descending=True, stable=True)
    order = order[part[order].argsort(stable=True)]  # part by part, well connected nodes first
    sizes = torch.bincount(part, minlength=len(capacity))
    rank = torch.arange(len(part), device=part.device) - (sizes.cumsum(0) - sizes)[part[order]]
    stays = rank < capacity[part[order]]
    free = capacity - sizes.minimum(capacity)
    moved = torch.arange(len(capacity), device=part.device).repeat_interleave(free)
    final = torch.cat([part[order][stays], moved])
    return torch.cat([order[stays], order[~stays]])[final.argsort(stable=True)]


def _among(values: Tensor, pool: Tensor) -> Tensor:
    r"""Which of the values are in the pool: [number of values]."""
    pool = pool.sort().values
    if not len(pool):
        return torch.zeros_like(values, dtype=torch.bool)
    return pool[torch.searchsorted(pool, values).clamp(max=len(pool) - 1)] == values
