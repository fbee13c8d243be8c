r"""k-means by Lloyd's algorithm, several runs at once, on the device of the points.

Legend: N points, D width, K clusters, R runs.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_matrix
from gcl.functional.draws import permutation

_BLOCK = 8192  # points whose distances to all R K means are held at a time


@torch.no_grad()
def kmeans(
    x: Tensor,
    num_clusters: int,
    *,
    num_runs: int = 1,
    num_iterations: int = 20,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Assign every row of ``x`` to one of K clusters of small squared distance to their means.

    Every run starts from K random rows. All stop when no row changes its cluster, after
    ``num_iterations`` rounds at most. A cluster that loses all its rows keeps its last mean. These
    are quick partitions inside a training step; :func:`gcl.evaluation.clustering` scores embeddings
    with restarts.

    Args:
        x: finite points, one a row.
        num_clusters: K, in [1, N].
        num_runs: independent runs R, whose distances are computed together.
        num_iterations: rounds at most, 0 or more; 0 assigns to the random rows.
        generator: source of randomness; torch's global generator if None.

    Shapes:
        x [N, D] -> cluster of each row in each run [R, N], in [0, K)

    Raises:
        TypeError, ValueError: for points that are no finite float matrix, or K out of range.

    Cost: O(N D K R) time a round, O(K R (D + 8192) + N R) memory.

    Example:
        >>> label = kmeans(torch.tensor([[0.0], [9.0], [1.0], [8.0]]), 2)[0]
        >>> (label[0] == label[2]).item(), (label[1] == label[3]).item()
        (True, True)
    """
    check_matrix(x, "x")
    check_int(num_runs, "num_runs", minimum=1)
    check_int(num_iterations, "num_iterations")
    if check_int(num_clusters, "num_clusters", minimum=1) > len(x):
        raise ValueError(f"num_clusters must be at most the {len(x)} points, got {num_clusters}")
    x = x - x.mean(0)  # clusters stay the same, and products lose less where rows lie far out
    starts = [permutation(len(x), x.device, generator)[:num_clusters] for _ in range(num_runs)]
    mean = x[torch.stack(starts)]  # [R, K, D]
    label = _nearest(x, mean)
    for _ in range(num_iterations):
        mean = _means(x, label, mean)
        old, label = label, _nearest(x, mean)
        if torch.equal(old, label):
            break
    return label


def _nearest(x: Tensor, mean: Tensor) -> Tensor:
    r"""The mean of each run that is nearest to each row: [R, N]."""
    # |x - c|^2 is smallest where <x, c> - |c|^2 / 2 is largest. One product for all runs is twice
    # as fast as one for each (100 means, 512 wide).
    columns = mean.flatten(0, 1)  # [R K, D]
    shift = -columns.square().sum(1) / 2
    parts = (torch.addmm(shift, rows, columns.t()) for rows in x.split(_BLOCK))
    # max is faster than argmax, in bfloat16 above all.
    nearest = [s.view(-1, *mean.shape[:2]).max(2).indices for s in parts]
    return torch.cat(nearest).t().contiguous()


def _means(x: Tensor, label: Tensor, mean: Tensor) -> Tensor:
    r"""The mean of each cluster, or the old one if it is empty: [R, K, D]."""
    new = torch.zeros_like(mean)
    for total, cluster in zip(new, label, strict=True):
        count = torch.bincount(cluster, minlength=len(total)).to(x.dtype)
        total.index_add_(0, cluster, x).div_(count[:, None])  # an empty cluster becomes NaN
    return torch.where(new.isnan(), mean, new)
