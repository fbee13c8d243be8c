r"""Communities of graphs and their strengths, found once for each.

Legend: N nodes, M edges.
"""

from typing import NamedTuple

from torch import Tensor
from torch_geometric.data import Data

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_choice, check_int, check_labels, describe
from gcl.functional.communities import DETECTORS, community_strength, detect_communities


class Partition(NamedTuple):
    r"""The communities of a graph.

    Attributes:
        community: number of each node's community, -1 for none: [N].
        strength: strength of that community, 0 for none: [N].
    """

    community: Tensor
    strength: Tensor


class Communities:
    r"""The community of every node and its strength, found once for each content of a graph.

    Augmenters and methods that are given one and the same object share what it found.

    Args:
        communities: how to detect them, ``"leiden"``, ``"louvain"``, ``"label_propagation"`` or
            ``"networkx"`` (:func:`gcl.functional.detect_communities`); or a partition of your own,
            one number for each node, -1 for no community. Mini-batches are divided by the numbers
            that their ``n_id`` has in it.
        seed: of the detection; None with a partition, 0 if None.

    Shapes:
        edge_index [2, M], number of nodes N -> a pair of [N]

    Raises:
        TypeError, ValueError: for an unknown name, a partition that holds no whole numbers of -1 or
            above or has another length than the graph, or a seed that would be ignored.

    Example:
        >>> found = Communities(torch.tensor([0, 0, 1]))(torch.tensor([[0, 1], [1, 0]]), 3)
        >>> found.strength
        tensor([0., 0., 0.])
    """

    def __init__(self, communities: str | Tensor = "leiden", *, seed: int | None = None) -> None:
        self.communities = communities
        self.seed = 0 if seed is None else check_int(seed, "seed")
        if isinstance(communities, Tensor):
            check_labels(communities, communities.numel(), "communities")
            if seed is not None:
                raise ValueError(f"seed={seed} would be ignored: communities are given, as tensor")
        elif isinstance(communities, str):
            check_choice(communities, "communities", DETECTORS)
        else:
            raise TypeError(
                f"communities must be a name, a partition or a Communities, "
                f"got {describe(communities)}"
            )
        self._found: PerGraph[Partition] = PerGraph(self._find)

    def __call__(self, edge_index: Tensor, num_nodes: int, n_id: Tensor | None = None) -> Partition:
        r"""The partition of a graph; not to be changed. ``n_id`` [N]: see :meth:`numbers`."""
        numbers = () if n_id is None else (n_id,)
        return self._found(edge_index, num_nodes, *self.partition(), *numbers)

    def partition(self) -> tuple[Tensor, ...]:
        r"""The partition of one's own, if there is one; it may be written to."""
        return (self.communities,) if isinstance(self.communities, Tensor) else ()

    def numbers(self, data: Data) -> Tensor | None:
        r"""The nodes' numbers in the graph of a partition of one's own, if ``data`` is a part of
        that graph and says so by ``n_id``: [N].
        """
        return data.get("n_id") if isinstance(self.communities, Tensor) else None

    def _find(self, edge_index: Tensor, num_nodes: int, *numbers: Tensor) -> Partition:
        if isinstance(self.communities, Tensor):
            own = _part_of(*numbers).clone()
            community = check_labels(own, num_nodes, "communities").to(edge_index.device)
        else:
            community = detect_communities(
                edge_index, num_nodes, method=self.communities, seed=self.seed
            )
        return Partition(community, community_strength(edge_index, community))

    def __repr__(self) -> str:
        if isinstance(self.communities, Tensor):
            return f"Communities(<{len(self.communities)} nodes>)"
        return f"Communities({self.communities!r}{f', seed={self.seed}' if self.seed else ''})"


def _part_of(communities: Tensor, n_id: Tensor | None = None) -> Tensor:
    if n_id is None:
        return communities
    if n_id.numel() and int(n_id.max()) >= len(communities):
        raise ValueError(
            f"communities must have a number for every node, up to n_id {int(n_id.max())}, "
            f"got {describe(communities)}"
        )
    return communities[n_id.to(communities.device)]


def as_communities(communities: str | Tensor | Communities) -> Communities:
    r"""An object for a name or a partition; the object itself otherwise."""
    return communities if isinstance(communities, Communities) else Communities(communities)
