r"""Random masking of feature columns that spares those of central nodes."""

import torch
from torch import Tensor

from gcl.augmenters.centrality import Centrality, as_centrality
from gcl.augmenters.scored import ScoredFeatureMask
from gcl.checks import check_flag
from gcl.functional.adaptive import adaptive_feature_probability


class AdaptiveFeatureMask(ScoredFeatureMask):
    r"""Mask feature columns, those of central nodes less often (`GCA
    <https://arxiv.org/abs/2010.14945>`_).

    The probabilities are those of :func:`gcl.functional.adaptive_feature_probability`, its
    functional twin together with :func:`gcl.functional.mask_features`. The centralities are
    computed once for each content of a graph. In a ``Compose``, place it before transforms that
    change the edges, which would be read as another graph.

    Args:
        p: Mean probability in [0, 1] of masking a column, before the cap. Default 0.5.
        centrality: ``"degree"``, ``"eigenvector"`` or ``"pagerank"``, or a
            :class:`~gcl.augmenters.centrality.Centrality` to share with other augmenters. Default
            ``"degree"``.
        max_p: Cap in [0, 1] of every probability. Default 0.7.
        binary: Count a column's entries; False adds their size, for dense features. Default True.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument, or for data, of the wrong kind.
        ValueError: for a probability outside [0, 1], an unknown centrality, data without ``x`` or
            without ``edge_index``.

    Example:
        >>> edge_index = torch.tensor([[0, 1, 2, 0], [1, 0, 0, 2]])
        >>> star = Data(x=torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), edge_index=edge_index)
        >>> AdaptiveFeatureMask(p=0.3).mask_probability(star)
        tensor([0.0000, 0.6000])

    Cost: one pass over the features, beside the centrality.
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        centrality: str | Centrality = "degree",
        max_p: float = 0.7,
        binary: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(p, max_p=max_p, generator=generator)
        self.centrality = as_centrality(centrality)
        self.binary = check_flag(binary, "binary")

    def probability(self, x: Tensor, edge_index: Tensor) -> Tensor:
        r"""The probability of masking each column of a graph's features."""
        return adaptive_feature_probability(
            x, self.centrality(edge_index, len(x)), self.p, max_p=self.max_p, binary=self.binary
        )
