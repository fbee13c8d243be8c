r"""Subgraph around random walks."""

import torch
from torch import Tensor

from gcl.augmenters.node_base import NodeAugmenter
from gcl.checks import check_int
from gcl.functional.draws import check_generator
from gcl.functional.node_seeds import check_seeds
from gcl.functional.subgraphs import walk_subgraph


class RandomWalkSubgraph(NodeAugmenter):
    r"""Keep the nodes that random walks from random seeds visit: really remove all others.

    The subgraph of `GraphCL <https://arxiv.org/abs/2010.13902>`_, with several walks, each of fixed
    length, instead of one. Walks follow the direction of edges. What becomes of attributes, of
    ``n_id`` and of a ``Batch`` is as in :class:`NodeDrop`, but every graph with nodes keeps its
    seeds. Functional twin: :func:`gcl.functional.walk_subgraph`.

    Args:
        seeds: How many walks start in each graph, at distinct nodes: a share of its nodes (a float
            in (0, 1], rounded up) or a number (an integer). Default 0.1.
        length: Steps of a walk, 0 or more. Default 10.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for ``seeds`` or ``length`` out of range, and for data as in :class:`NodeDrop`.

    Example:
        >>> data = Data(x=torch.ones(3, 1), edge_index=torch.tensor([[0, 1], [1, 0]]))
        >>> RandomWalkSubgraph(seeds=1.0)(data).n_id
        tensor([0, 1, 2])

    Cost: O(N log N + M), and O(1) for each step of each walk.
    """

    def __init__(
        self,
        seeds: float | int = 0.1,
        *,
        length: int = 10,
        generator: torch.Generator | None = None,
    ) -> None:
        self.seeds = check_seeds(seeds)
        if isinstance(self.seeds, Tensor):
            raise TypeError(f"seeds must be a share or a number of nodes, got {seeds}")
        self.length = check_int(length, "length")
        self.generator = check_generator(generator)

    def choose(
        self, edge_index: Tensor, num_nodes: int, batch: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        r"""Draw the nodes that stay."""
        return walk_subgraph(
            edge_index,
            num_nodes,
            self.seeds,
            length=self.length,
            batch=batch,
            generator=self.generator,
        )
