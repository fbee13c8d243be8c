r"""Partitions of a graph into parts of equal size with few edges between them.

Legend: N nodes, M edges, P parts.
"""

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from gcl.checks import check_choice, check_edge_index, check_int
from gcl.functional.communities import detect_communities
from gcl.functional.draws import uniform
from gcl.functional.edges import plain
from gcl.functional.locality import locality_order

METHODS = ("metis", "communities")
_INT32 = 2**31 - 1
# METIS took about 100 bytes for each direction of an edge on a graph that coarsens badly.
_MOST_EDGES = 2**24


def partition_graph(
    edge_index: Tensor, num_nodes: int, num_parts: int, *, method: str = "metis", seed: int = 0
) -> Tensor:
    r"""Divide the nodes into ``num_parts`` parts of about equal size that few edges join.

    ``"metis"`` cuts few edges by multilevel k-way partitioning (`Karypis and Kumar
    <https://doi.org/10.1137/S1064827595287997>`_) with the library METIS; parts differ by a few per
    cent in size, and of parts of a few nodes some may be empty. Of more than 2^24 edges it reads a
    random sample of that many, for its memory. ``"communities"`` lists the nodes community by
    community (:func:`gcl.functional.detect_communities`, Leiden's) with neighbours close together
    (:func:`gcl.functional.locality_order`), and cuts the list into equal pieces: sizes differ by 1
    at most, small communities are merged and large ones split. The graph is read as undirected;
    self loops do not count.

    Args:
        edge_index: edges, in any order.
        num_nodes: number of nodes N.
        num_parts: number of parts P, from 1 to N.
        method: ``"metis"`` or ``"communities"``.
        seed: of the method's random choices.

    Shapes:
        edge_index [2, M] -> [N], the number of each node's part

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, or a number of parts
            outside [1, N].

    Cost: O(M log P) time, on the CPU.

    Example:
        >>> triangles = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])
        >>> part = partition_graph(triangles, 6, 2)
        >>> bool((part[:3] == part[0]).all()), bool(part[2] == part[3])
        (True, False)
    """
    check_int(num_nodes, "num_nodes", minimum=1)
    check_choice(method, "method", METHODS)
    check_int(seed, "seed")
    if check_int(num_parts, "num_parts", minimum=1) > num_nodes:
        raise ValueError(f"num_parts must be at most {num_nodes}, one node each, got {num_parts}")
    edge_index = check_edge_index(plain(edge_index), num_nodes)
    if num_parts == 1:
        return torch.zeros(num_nodes, dtype=torch.long, device=edge_index.device)
    divide = {"metis": _metis, "communities": _communities}[method]
    return divide(edge_index, num_nodes, num_parts, seed).to(edge_index.device)


def undirected(edge_index: Tensor, num_nodes: int) -> csr_matrix:
    r"""Each node's neighbours in either direction, once each and without itself: [N, N]."""
    ends = edge_index.cpu().numpy()
    ends = ends[:, ends[0] != ends[1]]
    if num_nodes <= _INT32:
        ends = ends.astype(np.int32, copy=False)
    shape = num_nodes, num_nodes
    half = csr_matrix((np.ones(ends.shape[1], dtype=np.int8), (ends[0], ends[1])), shape)
    half.data[:] = 1  # of parallel edges, whose sum may have overflowed
    both = half + half.T.tocsr()
    both.data[:] = 1
    return both


def _metis(edge_index: Tensor, num_nodes: int, num_parts: int, seed: int) -> Tensor:
    import pymetis

    adjacency = undirected(_sample(edge_index, seed), num_nodes)
    # Against METIS's own 10 rounds of refinement, 2 take about half the time and cut about one edge
    # in a hundred more.
    options = pymetis.Options(seed=seed % _INT32, niter=2)
    graph = pymetis.CSRAdjacency(adjacency.indptr, adjacency.indices)
    part = pymetis.part_graph(num_parts, graph, options=options).vertex_part
    return torch.from_numpy(np.asarray(part).astype(np.int64))


def _sample(edge_index: Tensor, seed: int) -> Tensor:
    r"""About ``_MOST_EDGES`` of the edges, or all if they are no more."""
    count = edge_index.size(1)
    if count <= _MOST_EDGES:
        return edge_index
    generator = torch.Generator().manual_seed(seed)
    kept = uniform(count, edge_index.device, generator) < _MOST_EDGES / count
    return edge_index[:, kept]


def _communities(edge_index: Tensor, num_nodes: int, num_parts: int, seed: int) -> Tensor:
    community = detect_communities(edge_index, num_nodes, seed=seed).cpu()
    near = locality_order(edge_index, num_nodes).cpu()
    quotient = locality_order(community[edge_index.cpu().long()], int(community.max()) + 1)
    rank = quotient.argsort()[community]  # neighbouring communities follow each other
    order = near[rank[near].argsort(stable=True)]
    part = torch.empty(num_nodes, dtype=torch.long)
    part[order] = torch.arange(num_nodes) * num_parts // num_nodes
    return part
