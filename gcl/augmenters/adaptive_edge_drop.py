r"""Random removal of edges that spares central nodes."""

import torch
from torch import Tensor

from gcl.augmenters.centrality import Centrality, as_centrality
from gcl.augmenters.scored import ScoredEdgeDrop
from gcl.functional.adaptive import adaptive_edge_probability


class AdaptiveEdgeDrop(ScoredEdgeDrop):
    r"""Drop edges, those at central nodes less often (`GCA <https://arxiv.org/abs/2010.14945>`_).

    The probabilities are those of :func:`gcl.functional.adaptive_edge_probability`, its functional
    twin together with :func:`gcl.functional.drop_edges`. They are computed once for each content
    of a graph; all graphs of a ``Batch`` count as one.

    Args:
        p: Mean probability in [0, 1] of dropping an edge, before the cap. Default 0.5.
        centrality: ``"degree"``, ``"eigenvector"`` or ``"pagerank"``, or a
            :class:`~gcl.augmenters.centrality.Centrality` to share with other augmenters. The
            PageRank of the released code has no teleport and converges to the degree. Default
            ``"degree"``.
        max_p: Cap in [0, 1] of every probability. Default 0.7.
        undirected: Score an edge by the mean of both ends, and draw once for both directions.
            Default False: by the node it points to, as in the released code.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for a probability outside [0, 1], an unknown centrality, data without
            ``edge_index`` or with an ``adj_t``.

    Example:
        >>> star = Data(edge_index=torch.tensor([[0, 1, 2, 0], [1, 0, 0, 2]]), num_nodes=3)
        >>> AdaptiveEdgeDrop(p=0.3).drop_probability(star)
        tensor([0.6000, 0.0000, 0.0000, 0.6000])

    Cost: O(M), beside the centrality.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        centrality: str | Centrality = "degree",
        max_p: float = 0.7,
        undirected: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(p, max_p=max_p, undirected=undirected, generator=generator)
        self.centrality = as_centrality(centrality)

    def probability(self, edge_index: Tensor, num_nodes: int) -> Tensor:
        r"""The probability of dropping each edge of a graph."""
        return adaptive_edge_probability(
            edge_index,
            self.centrality(edge_index, num_nodes),
            self.p,
            max_p=self.max_p,
            undirected=self.undirected,
        )
