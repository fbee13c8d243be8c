r"""How central a node is: by degree, by the eigenvector of the adjacency, by PageRank.

Legend: N nodes, M edges.
"""

from collections.abc import Callable

import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from gcl.checks import check_edge_index, check_flag, check_int, check_positive, check_probability
from gcl.functional.csr import sort_entries
from gcl.functional.edges import plain
from gcl.functional.partition import undirected
from gcl.functional.sparse_features import csr_tensor

_RESIDUE = 1e-6  # of the leading component's share, the square of what is left of others


def degree_centrality(edge_index: Tensor, num_nodes: int) -> Tensor:
    r"""Count the edges at every node.

    The number is half of the columns' ends at the node: the degree in a graph that lists its
    undirected edges in both directions, the mean of in- and out-degree in a directed graph.

    Args:
        edge_index: edges, in any order.
        num_nodes: number of nodes N.

    Shapes:
        edge_index [2, M] -> [N]

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range.

    Example:
        >>> degree_centrality(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), 4)
        tensor([1., 2., 1., 0.])
    """
    ends = _check_graph(edge_index, num_nodes)
    return torch.bincount(ends.reshape(-1), minlength=num_nodes).float() / 2


def eigenvector_centrality(
    edge_index: Tensor, num_nodes: int, *, max_iter: int = 1000, tol: float = 1e-8
) -> Tensor:
    r"""Compute the leading eigenvector of the adjacency, by power iteration.

    The graph is read as undirected. The iteration runs on A + I, which has the eigenvectors of A
    and no second eigenvalue of equal size, so that it settles on bipartite graphs too. Where the
    largest eigenvalues nearly agree it is slow, and what it has after ``max_iter`` is returned.
    Nodes outside of the component with the largest eigenvalue get 0; components that tie share.

    Args:
        edge_index: edges, in any order; parallel ones add up.
        num_nodes: number of nodes N.
        max_iter: most iterations, 1 or more.
        tol: stop when an iteration moves the vector by less.

    Shapes:
        edge_index [2, M] -> [N], not negative, of length 1

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, or options out of range.

    Example:
        >>> eigenvector_centrality(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), 3)
        tensor([0.5000, 0.7071, 0.5000])

    Cost: O(M) an iteration.
    """
    source, target = _check_graph(edge_index, num_nodes)
    check_int(max_iter, "max_iter", minimum=1)
    check_positive(tol, "tol")
    ends = torch.cat([source, target]), torch.cat([target, source])
    adjacency = _matrix(*ends, torch.full_like(ends[0], 0.5, dtype=torch.double), num_nodes)
    v = torch.full((num_nodes,), max(num_nodes, 1) ** -0.5, dtype=torch.double).to(source.device)
    for _ in range(max_iter):
        last, v = v, v + adjacency @ v
        v = v / v.norm()
        if (v - last).norm() < tol:
            break
    return (v * _leads(v, torch.stack([source, target]))).float()


def _leads(v: Tensor, edge_index: Tensor) -> Tensor:
    r"""Whether a node's component has a share in the vector: [N].

    What the iteration leaves of the others shrinks with each round, but never to 0.
    """
    if not len(v):
        return v.bool()
    found = connected_components(undirected(edge_index, len(v)))[1]
    component = torch.from_numpy(found).to(v.device).long()
    share = torch.zeros_like(v).index_add_(0, component, v.square())
    return (share >= _RESIDUE * share.max())[component]


def pagerank_centrality(
    edge_index: Tensor,
    num_nodes: int,
    *,
    damping: float = 0.85,
    teleport: bool = True,
    max_iter: int = 1000,
    tol: float = 1e-8,
) -> Tensor:
    r"""Compute PageRank (`Page et al. 1999 <http://ilpubs.stanford.edu:8090/422/>`_).

    .. math::
        r = (1 - d) \frac{1}{N} + d\, A D^{-1} r

    A node without edges out spreads over all nodes. The released code of `GCA
    <https://arxiv.org/abs/2010.14945>`_ has no uniform term: it iterates
    :math:`r \leftarrow (1 - d) r + d A D^{-1} r`, whose limit on an undirected graph is the degree,
    scaled within every component. ``teleport=False`` gives that iteration.

    Args:
        edge_index: edges from its first row to its second, in any order; parallel ones add up.
        num_nodes: number of nodes N.
        damping: d in [0, 1].
        teleport: include the uniform term.
        max_iter: most iterations, 1 or more.
        tol: stop when an iteration moves less of the total of 1.

    Shapes:
        edge_index [2, M] -> [N], with sum 1

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, or options out of range.

    Example:
        >>> pagerank_centrality(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), 3)
        tensor([0.2568, 0.4865, 0.2568])

    Cost: O(M) an iteration, of which the error shrinks by d each time with ``teleport``.
    """
    source, target = _check_graph(edge_index, num_nodes)
    check_probability(damping, "damping")
    check_flag(teleport, "teleport")
    check_int(max_iter, "max_iter", minimum=1)
    check_positive(tol, "tol")
    out_degree = torch.bincount(source, minlength=num_nodes).double()
    walk = _matrix(target, source, out_degree[source].reciprocal(), num_nodes)
    dangling = out_degree == 0
    uniform = torch.full_like(out_degree, 1 / max(num_nodes, 1))
    r = uniform
    for _ in range(max_iter):
        spread = r[dangling].sum() * uniform if teleport else r * dangling
        last, r = r, damping * (walk @ r + spread) + (1 - damping) * (uniform if teleport else r)
        if (r - last).abs().sum() < tol:
            break
    return r.float()


CENTRALITIES: dict[str, Callable[[Tensor, int], Tensor]] = {
    "degree": degree_centrality,
    "eigenvector": eigenvector_centrality,
    "pagerank": pagerank_centrality,
}


def _check_graph(edge_index: Tensor, num_nodes: int) -> Tensor:
    check_int(num_nodes, "num_nodes")
    return check_edge_index(plain(edge_index), num_nodes).long()


def _matrix(row: Tensor, column: Tensor, value: Tensor, num_nodes: int) -> Tensor:
    pattern, order = sort_entries(row, column, (num_nodes, num_nodes))
    shape = torch.Size(pattern.shape)
    return csr_tensor(pattern.start, pattern.column, value.index_select(0, order), shape)
