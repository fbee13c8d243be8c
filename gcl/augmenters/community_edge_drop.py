r"""Random removal of edges that spares strong communities."""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.augmenters.communities import Communities, as_communities
from gcl.augmenters.scored import ScoredEdgeDrop
from gcl.functional.communal import communal_edge_probability


class CommunityEdgeDrop(ScoredEdgeDrop):
    r"""Drop edges, those between strong communities most often: Communal Edge Dropping (`CSGCL
    <https://arxiv.org/abs/2305.04658>`_).

    The probabilities are those of :func:`gcl.functional.communal_edge_probability`, its functional
    twin together with :func:`gcl.functional.drop_edges`. More edges are dropped than ``p`` says,
    and some for 0 too. Communities are found once for each content of a graph; all graphs of a
    ``Batch`` count as one.

    Args:
        p: Edge drop rate in [0, 1] of the formula. Default 0.5.
        communities: ``"leiden"``, ``"louvain"``, ``"label_propagation"`` or ``"networkx"``; a
            partition of your own, one number for each node, -1 for no community; or a
            :class:`~gcl.augmenters.communities.Communities` to share with other augmenters.
            Default ``"leiden"``.
        max_p: Highest probability in [0, 1] of dropping an edge. Default 1, that of the released
            script.
        undirected: Draw once for all entries that join the same two nodes. Default False.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for a probability outside [0, 1], an unknown way to detect communities, a
            partition of another length, data without ``edge_index`` or with an ``adj_t``.

    Example:
        >>> path = Data(edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]), num_nodes=4)
        >>> CommunityEdgeDrop(0.5, communities=torch.tensor([0, 0, 1, 1])).drop_probability(path)
        tensor([0.2500, 1.0000, 0.2500])

    Cost: O(M), beside the detection.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        communities: str | Tensor | Communities = "leiden",
        max_p: float = 1.0,
        undirected: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(p, max_p=max_p, undirected=undirected, generator=generator)
        self.communities = as_communities(communities)

    def context(self, data: Data) -> tuple[Tensor, ...]:
        r"""The nodes' numbers in a partition of one's own, if the graph is a part of its graph."""
        n_id = self.communities.numbers(data)
        return () if n_id is None else (n_id,)

    def tensors(self) -> tuple[Tensor, ...]:
        r"""A partition of one's own."""
        return self.communities.partition()

    def probability(self, edge_index: Tensor, num_nodes: int, n_id: Tensor | None = None) -> Tensor:
        r"""The probability of dropping each edge of a graph."""
        found = self.communities(edge_index, num_nodes, n_id)
        return communal_edge_probability(
            edge_index, found.community, found.strength, self.p, max_p=self.max_p
        )
