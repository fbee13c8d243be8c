r"""Random masking of feature columns that spares those of strong communities."""

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.augmenters.communities import Communities, as_communities
from gcl.augmenters.scored import ScoredFeatureMask
from gcl.functional.communal import communal_feature_probability


class CommunityFeatureMask(ScoredFeatureMask):
    r"""Mask feature columns, those of strong communities less often: Communal Attribute Voting
    (`CSGCL <https://arxiv.org/abs/2305.04658>`_).

    The probabilities are those of :func:`gcl.functional.communal_feature_probability`, its
    functional twin together with :func:`gcl.functional.mask_features`. Communities are found once
    for each content of a graph. In a ``Compose``, place it before transforms that change the
    edges, which would be read as another graph.

    Args:
        p: Mean probability in [0, 1] of masking a column, before the cap. Default 0.5.
        communities: ``"leiden"``, ``"louvain"``, ``"label_propagation"`` or ``"networkx"``; a
            partition of your own, one number for each node, -1 for no community; or a
            :class:`~gcl.augmenters.communities.Communities` to share with other augmenters.
            Default ``"leiden"``.
        max_p: Cap in [0, 1] of every probability. Default 1, that of the released script.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for a probability outside [0, 1], an unknown way to detect communities, a
            partition of another length, data without ``x`` or without ``edge_index``.

    Example:
        >>> edge_index = torch.tensor([[0, 1, 2], [1, 2, 3]])
        >>> path = Data(x=torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 0]]), edge_index=edge_index)
        >>> mask = CommunityFeatureMask(0.3, communities=torch.tensor([0, 0, 1, 1]))
        >>> mask.mask_probability(path)
        tensor([0.0000, 0.6000])

    Cost: one pass over the features, beside the detection.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        communities: str | Tensor | Communities = "leiden",
        max_p: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(p, max_p=max_p, generator=generator)
        self.communities = as_communities(communities)

    def context(self, data: Data) -> tuple[Tensor, ...]:
        r"""The nodes' numbers in a partition of one's own, if the graph is a part of its graph."""
        n_id = self.communities.numbers(data)
        return () if n_id is None else (n_id,)

    def tensors(self) -> tuple[Tensor, ...]:
        r"""A partition of one's own."""
        return self.communities.partition()

    def probability(self, x: Tensor, edge_index: Tensor, n_id: Tensor | None = None) -> Tensor:
        r"""The probability of masking each column of a graph's features."""
        found = self.communities(edge_index, len(x), n_id)
        return communal_feature_probability(x, found.strength, self.p, max_p=self.max_p)
