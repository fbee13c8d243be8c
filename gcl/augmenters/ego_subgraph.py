r"""Subgraph around seed nodes."""

import torch
from torch import Tensor

from gcl.augmenters.node_base import NodeAugmenter
from gcl.checks import check_int
from gcl.functional.draws import check_generator
from gcl.functional.node_seeds import Seeds, check_seeds
from gcl.functional.subgraphs import ego_subgraph


class EgoSubgraph(NodeAugmenter):
    r"""Keep the nodes within ``num_hops`` edges before a seed: really remove all others.

    These are the nodes that a network of as many layers reads for the seeds. What becomes of
    attributes, of ``n_id`` and of a ``Batch`` is as in :class:`NodeDrop`, but seeds always stay.
    Functional twin: :func:`gcl.functional.ego_subgraph`.

    Args:
        seeds: A random choice in each graph: a share of its nodes (a float in (0, 1], rounded up)
            or a number (an integer); or a list or tensor of node numbers. Default 0.1.
        num_hops: Longest path to a seed, 0 or more. Default 2.
        generator: Source of randomness, on any device; None if ``seeds`` are node numbers. Default:
            torch's global generator of the data's device. A copy in a worker process repeats the
            draws of every other copy.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for ``seeds`` or ``num_hops`` out of range, a ``generator`` without use, and
            for data as in :class:`NodeDrop`.

    Example:
        >>> data = Data(x=torch.ones(4, 1), edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]))
        >>> EgoSubgraph(seeds=[3], num_hops=1)(data).n_id
        tensor([2, 3])

    Cost: O(M) for each hop, and two sorts of N numbers for random seeds.
    """

    def __init__(
        self,
        seeds: Seeds = 0.1,
        *,
        num_hops: int = 2,
        generator: torch.Generator | None = None,
    ) -> None:
        self.seeds = check_seeds(seeds)
        self.num_hops = check_int(num_hops, "num_hops")
        self.generator = check_generator(generator)
        if isinstance(self.seeds, Tensor) and generator is not None:
            raise ValueError("generator must be None with given seeds, which draw nothing")

    def choose(
        self, edge_index: Tensor, num_nodes: int, batch: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        r"""Find the nodes that stay."""
        return ego_subgraph(
            edge_index,
            num_nodes,
            self.seeds,
            num_hops=self.num_hops,
            batch=batch,
            generator=self.generator,
        )
