r"""Communities of a graph, and how strong each is.

Legend: N nodes, M edges, C communities.
"""

import ctypes
import os

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from gcl.checks import check_choice, check_edge_index, check_int, check_labels
from gcl.functional.edges import plain
from gcl.functional.label_propagation import propagate_labels

DETECTORS = ("leiden", "louvain", "label_propagation", "networkx")


def detect_communities(
    edge_index: Tensor, num_nodes: int, *, method: str = "leiden", seed: int = 0
) -> Tensor:
    r"""Divide the nodes of a graph into communities.

    ``"leiden"`` (`Traag et al. 2019 <https://arxiv.org/abs/1810.08473>`_) and ``"louvain"``
    (`Blondel et al. 2008 <https://arxiv.org/abs/0803.0476>`_) maximise modularity, in the
    implementation of scikit-network; ``"networkx"`` is networkx's Louvain method, in pure Python
    and much slower. ``"label_propagation"`` (`Raghavan et al. 2007
    <https://arxiv.org/abs/0709.2938>`_) lets every node take the label that most neighbours have.
    The graph is read as undirected, and parallel edges add up. ``"leiden"`` and ``"louvain"`` seed
    the C library's random numbers, from which scikit-network draws.

    Args:
        edge_index: edges, in any order.
        num_nodes: number of nodes N.
        method: ``"leiden"``, ``"louvain"``, ``"label_propagation"`` or ``"networkx"``.
        seed: of the order in which nodes are visited, 0 or above.

    Shapes:
        edge_index [2, M] -> [N], from 0 for the largest community, equally large ones in the order
        of their first nodes; a node without edges is one of its own

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, an unknown method or a
            negative seed.

    Example:
        >>> triangles = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])
        >>> community = detect_communities(triangles, 6)
        >>> bool((community[:3] == community[0]).all()), bool(community[2] == community[3])
        (True, False)

    Cost: O(M) a round, on the CPU; few rounds.
    """
    check_int(num_nodes, "num_nodes")
    check_choice(method, "method", DETECTORS)
    check_int(seed, "seed")
    edge_index = check_edge_index(plain(edge_index), num_nodes)
    if not edge_index.numel():
        return torch.arange(num_nodes, device=edge_index.device)
    adjacency = _adjacency(edge_index, num_nodes)
    find = {"label_propagation": propagate_labels, "networkx": _networkx}.get(method)
    labels = find(adjacency, seed) if find else _modularity(adjacency, method, seed)
    return torch.from_numpy(_largest_first(labels)).to(edge_index.device)


def community_strength(edge_index: Tensor, community: Tensor) -> Tensor:
    r"""Compute the share of every node's community in the modularity (`CSGCL
    <https://arxiv.org/abs/2305.04658>`_).

    .. math::
        S_c = \frac{l_c}{m} - \Big(\frac{D_c}{2 m}\Big)^2

    with m edges, :math:`l_c` of them inside community c, and :math:`D_c` the sum of its nodes'
    degrees. The sum over communities is the modularity of the partition.

    Every column counts as one edge, so that undirected edges may be listed in one direction or,
    all of them, in both.

    Args:
        edge_index: edges, in any order.
        community: number of each node's community, -1 for none.

    Shapes:
        edge_index [2, M], community [N] -> [N]; 0 for a node without a community

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, or numbers below -1.

    Example:
        >>> edges = torch.tensor([[0, 1], [1, 0]])
        >>> community_strength(edges, torch.tensor([0, 0, 1]))
        tensor([0., 0., 0.])
        >>> community_strength(edges, torch.tensor([0, 1, 1]))
        tensor([-0.2500, -0.2500, -0.2500])

    Cost: O(M + N).
    """
    check_labels(community, len(community), "community")
    source, target = check_edge_index(plain(edge_index), len(community)).long()
    number, group = community.unique(return_inverse=True)  # the numbers may be any
    ends, edges = torch.stack([group[source], group[target]]), max(len(source), 1)
    inside = torch.bincount(ends[0][ends[0] == ends[1]], minlength=len(number)).double() / edges
    volume = torch.bincount(ends.reshape(-1), minlength=len(number)).double() / (2 * edges)
    strength = (inside - volume.square()).masked_fill(number < 0, 0.0)
    return strength.float()[group]


def _adjacency(edge_index: Tensor, num_nodes: int) -> csr_matrix:
    entries = edge_index.cpu().numpy()
    shape = num_nodes, num_nodes
    half = csr_matrix((np.ones(entries.shape[1], dtype=np.float32), tuple(entries)), shape)
    return half + half.T.tocsr()


def _modularity(adjacency: csr_matrix, method: str, seed: int) -> np.ndarray:
    from sknetwork import clustering

    _seed_c_library(seed)  # the refinement of Leiden draws there, not from random_state
    algorithm = {"leiden": clustering.Leiden, "louvain": clustering.Louvain}[method]
    return algorithm(
        modularity="newman",
        shuffle_nodes=True,
        random_state=seed % 2**32,
        return_probs=False,
        return_aggregate=False,
    ).fit_predict(adjacency)


def _seed_c_library(seed: int) -> None:
    library = ctypes.CDLL("ucrtbase" if os.name == "nt" else None)
    library.srand(ctypes.c_uint(seed))


def _networkx(adjacency: csr_matrix, seed: int) -> np.ndarray:
    import networkx

    graph = networkx.from_scipy_sparse_array(adjacency)
    groups = [list(g) for g in networkx.community.louvain_communities(graph, seed=seed)]
    labels = np.empty(adjacency.shape[0], dtype=np.int64)
    labels[np.concatenate(groups)] = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    return labels


def _largest_first(labels: np.ndarray) -> np.ndarray:
    _, first, labels, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[labels]
