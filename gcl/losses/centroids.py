r"""Centroids that follow a stream of batches: first guess, assignment, moving average.

Legend: N rows, D width, K centroids.
"""

import torch
from torch import Generator, Tensor, nn
from torch_geometric.utils import scatter

from gcl.checks import check_int, check_number, check_probability, describe
from gcl.functional.draws import uniform
from gcl.functional.normalize import unit_rows


def mean_cosine(u: Tensor) -> float:
    r"""Mean inner product of two different rows, from the sum of all: [N, D] -> number."""
    n = len(u)
    total = u.sum(0).square().sum() - u.square().sum()
    return total.item() / (n * (n - 1))


def spread_rows(u: Tensor, count: int, generator: Generator | None = None) -> Tensor:
    r"""Choose a row at random, then again and again the one least similar to those chosen.

    Shapes:
        u [N, D] -> [K, D]

    Cost:
        O(N K D) time.
    """
    chosen = (len(u) * uniform(1, u.device, generator, torch.float64)).long()
    nearest = u @ u[chosen[0]]  # [N], similarity to the nearest row chosen
    for _ in range(count - 1):
        nearest[chosen[-1]] = torch.inf  # none is chosen twice
        chosen = torch.cat([chosen, nearest.argmin()[None]])
        nearest = torch.maximum(nearest, u @ u[chosen[-1]])
    return u[chosen]


def moved_centroids(centroids: Tensor, u: Tensor, cluster: Tensor, rate: float) -> Tensor:
    r"""Move every centroid a part of the way to the mean of its rows, if it has any: [K, D]."""
    mean = scatter(u, cluster, dim_size=len(centroids), reduce="mean")
    filled = torch.bincount(cluster, minlength=len(centroids)) > 0
    moved = unit_rows((1 - rate) * centroids + rate * mean)
    return torch.where(filled[:, None], moved, centroids)


class Centroids(nn.Module):
    r"""Centroids as buffers: set by the first batch that has spread out, then moved by every batch.

    Args:
        in_channels: width D of the rows.
        num_clusters: number K of centroids, 2 or more.
        threshold: mean pairwise cosine in [-1, 1] at which a batch counts as spread out.
        rate: share of the way to the mean of its rows that a centroid moves, in [0, 1].
    """

    centre: Tensor
    ready: Tensor

    def __init__(self, in_channels: int, num_clusters: int, threshold: float, rate: float) -> None:
        super().__init__()
        check_int(in_channels, "in_channels", minimum=1)
        check_int(num_clusters, "num_clusters", minimum=2)
        if not -1 <= check_number(threshold, "threshold") <= 1:
            raise ValueError(f"threshold must be a cosine in [-1, 1], got {threshold}")
        self.threshold, self.rate = threshold, check_probability(rate, "rate")
        self.register_buffer("centre", torch.zeros(num_clusters, in_channels))
        self.register_buffer("ready", torch.tensor(False))

    @torch.no_grad()
    def start(self, z: Tensor, generator: Generator | None = None) -> bool:
        r"""Set the centroids if the rows have spread out; says whether it did."""
        u, count = unit_rows(z), len(self.centre)
        if mean_cosine(u) > self.threshold:
            return False
        if len(u) < count:
            raise ValueError(f"z1 must have {count} rows or more to start with, got {describe(z)}")
        self.centre = spread_rows(u, count, generator).to(self.centre.dtype)
        self.ready = torch.ones_like(self.ready)
        return True

    @torch.no_grad()
    def move(self, z: Tensor) -> None:
        r"""Move every centroid towards the mean of the rows nearest to it."""
        u = unit_rows(z)
        centre = self.centre.to(u.dtype)
        cluster = (u @ centre.t()).argmax(1)
        self.centre = moved_centroids(centre, u, cluster, self.rate).to(self.centre.dtype)
