r"""Mini-batches whose seeds are hard negatives of each other.

Legend: N nodes, D width, B seeds of a batch, K seeds of a cluster.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_flag, check_int, check_matrix, describe
from gcl.functional.draws import permutation
from gcl.functional.hard_clusters import equal_clusters, mutual_hard_pairs
from gcl.functional.propagate import gcn_adjacency
from gcl.loaders.neighbor import NeighborLoader


class HardBatchLoader(NeighborLoader):
    r"""Mini-batches of B / K clusters of seeds, where those of a cluster are hard negatives of each
    other for a teacher (`B3 <https://arxiv.org/abs/2505.11293>`_), with sampled neighbourhoods.

    Mined once (:func:`gcl.functional.mutual_hard_pairs`,
    :func:`gcl.functional.equal_clusters`): rank all nodes for each, pass over the
    first, keep the next, join mutual ones, and cut that graph into clusters of K with METIS. In
    every epoch it is drawn anew which clusters meet, as the paper has it; its code keeps the
    batches. The loss stays as it is; it gets harder, so temperatures usually have to rise.

    On graphs, an adaptation that is not in the paper: the teacher is :math:`\hat A^2 X` if none is
    given, and direct neighbours are no negatives. On heterophilous graphs, set
    ``skip_neighbors=False``.

    Args:
        data: the graph.
        num_neighbors: as in :class:`NeighborLoader`.
        batch_size: seeds B of a batch, a multiple of ``cluster_size``.
        teacher: embeddings that rank the nodes; smoothed features if None.
        cluster_size: K.
        skip: how many of the most similar nodes are passed over.
        keep: how many of the next are hard negatives.
        skip_neighbors: also pass over direct neighbours.
        method: ``"metis"``, or ``"communities"``.
        seed: of the partition.
        replace: as in :class:`NeighborLoader`.
        drop_last: leave out a last batch that is smaller than the others.
        generator: source of randomness for clusters and neighbours; torch's global one if None.

    Shapes:
        teacher [N, D] -> batches as those of :class:`NeighborLoader`

    Raises:
        TypeError, ValueError: for arguments of the wrong kind or out of range.

    Cost: mining takes O(N^2 D) time in blocks and O(N (skip + keep)) memory.

    Example:
        >>> cycle = torch.stack([torch.arange(8), torch.arange(1, 9) % 8])
        >>> data = Data(x=torch.eye(8), edge_index=cycle)
        >>> loader = HardBatchLoader(data, [2], batch_size=4, cluster_size=2, skip=1, keep=4)
        >>> [batch.batch_size for batch in loader]
        [4, 4]
    """

    def __init__(
        self,
        data: Data,
        num_neighbors: Sequence[int],
        batch_size: int = 1024,
        *,
        teacher: Tensor | None = None,
        cluster_size: int = 32,
        skip: int = 30,
        keep: int = 100,
        skip_neighbors: bool = True,
        method: str = "metis",
        seed: int = 0,
        replace: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            data,
            num_neighbors,
            batch_size,
            replace=replace,
            shuffle=True,
            drop_last=drop_last,
            generator=generator,
        )
        if batch_size % check_int(cluster_size, "cluster_size", minimum=1):
            raise ValueError(
                f"batch_size must be a multiple of cluster_size={cluster_size}, got {batch_size}"
            )
        self.cluster_size, self.skip, self.keep = cluster_size, skip, keep
        self.skip_neighbors = check_flag(skip_neighbors, "skip_neighbors")
        self.method, self.seed = method, seed
        self.mine(_smoothed(data) if teacher is None else teacher)

    def mine(self, teacher: Tensor) -> None:
        r"""Find the clusters anew, from embeddings [N, D] of a checkpoint for instance."""
        num_nodes = len(self.seeds)
        if len(check_matrix(teacher, "teacher")) != num_nodes:
            raise ValueError(f"teacher must have {num_nodes} rows, got {describe(teacher)}")
        pairs = mutual_hard_pairs(
            teacher,
            skip=self.skip,
            keep=self.keep,
            edge_index=self.data.edge_index if self.skip_neighbors else None,
        )
        self.clusters = equal_clusters(
            pairs, num_nodes, self.cluster_size, method=self.method, seed=self.seed
        ).cpu()

    def order(self) -> Tensor:
        r"""The clusters in a random order; one that is smaller comes last: [N]."""
        whole = len(self.clusters) // self.cluster_size
        clusters = self.clusters[: whole * self.cluster_size].view(whole, -1)
        clusters = clusters[permutation(whole, clusters.device, self.generator)]
        return torch.cat([clusters.view(-1), self.clusters[whole * self.cluster_size :]])


def _smoothed(data: Data) -> Tensor:
    if data.get("x") is None:
        raise ValueError(f"teacher must be given for a graph without features, got {data}")
    x = check_matrix(data.x, "x")
    adjacency = gcn_adjacency(data.edge_index, len(x), data.get("edge_weight"), dtype=x.dtype)
    return adjacency @ (adjacency @ x)
