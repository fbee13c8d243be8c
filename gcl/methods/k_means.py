r"""Cluster centres to start from.

Legend: N points, D width, K clusters.
"""

import warnings

import torch
from torch import Tensor

from gcl.checks import check_matrix
from gcl.functional.normalize import at_least_float32


@torch.no_grad()
def k_means_centers(z: Tensor, num_clusters: int, num_starts: int) -> Tensor:
    r"""The centres of the best of several runs of k-means, each started by k-means++.

    The seed is drawn from torch's global generator.

    Args:
        z: points.
        num_clusters: K, at most N.
        num_starts: runs; the one with the lowest sum of squared distances is kept.

    Shapes:
        z [N, D] -> [K, D]

    Raises:
        ValueError: for more clusters than points, or points that are not finite.

    Cost: O(N K D) a round of a run, on the CPU.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    check_matrix(z, "z")
    if num_clusters > len(z):
        raise ValueError(f"num_clusters must be at most the {len(z)} nodes, got {num_clusters}")
    seed = int(torch.randint(2**31, ()))
    with warnings.catch_warnings():
        # Fewer distinct points than clusters make two centres coincide, which is no harm.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = KMeans(num_clusters, n_init=num_starts, random_state=seed).fit(
            at_least_float32(z).cpu().numpy()
        )
    return torch.from_numpy(found.cluster_centers_).to(z)
