r"""The view of low rank that LightGCL contrasts with: an SVD of the interactions, found once.

Legend: I users, J items, q rank.
"""

from functools import partial

import torch
from torch import Tensor

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_int
from gcl.functional.bipartite import bipartite_adjacency
from gcl.functional.csr import SparseMatrix
from gcl.functional.low_rank import LowRank
from gcl.functional.svd import truncated_svd


def svd_of_interactions(
    q: int, niter: int, oversample: int, svd_seed: int, *, normalized: bool = True
) -> PerGraph[LowRank]:
    r"""A function of interactions and the numbers of users and items that gives their SVD.

    Args:
        q: rank.
        niter: rounds of subspace iteration.
        oversample: directions computed beside the ``q`` and left out.
        svd_seed: seed of the decomposition.
        normalized: decompose the interactions divided by the roots of both degrees; otherwise all
            have the weight 1.

    Returns:
        It is called with edges [2, E], I and J, and returns the factors of a matrix [I, J], the
        same ones for the same edges.
    """
    check_int(q, "q", minimum=1)
    check_int(niter, "niter")
    check_int(oversample, "oversample")
    check_int(svd_seed, "svd_seed")
    svd = partial(truncated_svd, q=q, niter=niter, oversample=oversample, seed=svd_seed)
    return PerGraph(partial(_factors, svd, normalized))


def _factors(
    svd: partial[LowRank], normalized: bool, edge_index: Tensor, num_users: int, num_items: int
) -> LowRank:
    a = bipartite_adjacency(edge_index, num_users, num_items).items_of
    return svd(a if normalized else SparseMatrix(a.pattern, torch.ones_like(a.value)))
