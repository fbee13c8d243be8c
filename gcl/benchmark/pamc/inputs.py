r"""Graphs and rows that the benchmark of PamC runs on.

Legend: N nodes, M edges, K clusters, D width.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.utils import to_undirected

from gcl.datasets import load
from gcl.functional.influence import influence


class Inputs(NamedTuple):
    r"""A graph with clusters, and the influence that its nodes have on each other.

    Attributes:
        edge_index: edges of the influence matrix, [2, M].
        weight: their weights, [M].
        cluster: cluster of each node, [N].
        num_features: width of the graph's features.
    """

    edge_index: Tensor
    weight: Tensor
    cluster: Tensor
    num_features: int = 0

    @property
    def num_nodes(self) -> int:
        r"""Number of nodes N."""
        return len(self.cluster)


def of_dataset(name: str, order: int) -> Inputs:
    r"""A data set: cumulative influence up to an order, its classes as clusters."""
    data = load(name)[0]
    edges = influence(data.edge_index, data.num_nodes, order, cumulative=True)
    return Inputs(*edges, data.y, data.num_features)


def synthetic(num_nodes: int, num_clusters: int) -> Inputs:
    r"""Clusters of equal size whose nodes have about ten neighbours each in their own cluster."""
    generator = torch.Generator().manual_seed(0)
    node = torch.arange(num_nodes)
    cluster = node * num_clusters // num_nodes
    size = torch.bincount(cluster)
    first = size.cumsum(0) - size
    drawn = torch.rand(5, num_nodes, generator=generator, dtype=torch.double)
    ends = first[cluster] + (drawn * size[cluster]).long()
    pairs = torch.stack([node.expand_as(ends).reshape(-1), ends.view(-1)])
    edges = influence(to_undirected(pairs[:, pairs[0] != pairs[1]]), num_nodes)
    return Inputs(*edges, cluster)


def rows_of(cluster: Tensor, width: int, spread: float = 1.0) -> Tensor:
    r"""Rows around one random direction for each cluster, a leaf with a gradient: [N, D].

    Args:
        cluster: cluster of each node, [N].
        width: D.
        spread: length of the noise, the direction being of length 1.
    """
    generator = torch.Generator().manual_seed(0)
    centre = torch.randn(int(cluster.max()) + 1, width, generator=generator)
    noise = torch.randn(len(cluster), width, generator=generator)
    centre = torch.nn.functional.normalize(centre)
    return (centre[cluster] + spread * noise / width**0.5).requires_grad_()
