r"""Drop probabilities that spare what is central: the adaptive augmentation of GCA.

Legend: N nodes, M edges, F features.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_flag, check_probability
from gcl.functional.edges import plain
from gcl.functional.pairs import check_vector
from gcl.functional.votes import column_votes

_EPS = 1e-8  # inside logarithms, as in the released code


def adaptive_edge_probability(
    edge_index: Tensor,
    centrality: Tensor,
    p: float = 0.5,
    *,
    max_p: float = 0.7,
    undirected: bool = False,
) -> Tensor:
    r"""Compute for every edge a probability of dropping it that falls with its centrality (`GCA
    <https://arxiv.org/abs/2010.14945>`_).

    .. math::
        p_{uv} = \min\Big(p\, \frac{\max s - s_{uv}}{\max s - \operatorname{mean} s}, p_\tau\Big),
        \qquad s_{uv} = \log(\varphi_v + 10^{-8})

    with the centrality of the node that the edge points to, as in the released code. The mean of
    the uncapped probabilities is p; the cap lowers the rate that is realised. Edges of equal
    centrality all get p.

    Args:
        edge_index: edges, in any order.
        centrality: a number for each node, 0 or above.
        p: mean probability in [0, 1], before the cap.
        max_p: the cap :math:`p_\tau` in [0, 1].
        undirected: take the mean centrality of both ends; both directions of an edge then get one
            probability.

    Shapes:
        edge_index [2, M], centrality [N] -> [M], for :func:`~gcl.functional.drop_edges`

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, centralities that are no
            finite float vector or negative, or a probability outside [0, 1].

    Example:
        >>> edges = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> adaptive_edge_probability(edges, torch.tensor([1.0, 2.0, 1.0]), 0.2)
        tensor([0.0000, 0.4000, 0.4000, 0.0000])
    """
    _check_centrality(centrality, len(centrality))
    source, target = check_edge_index(plain(edge_index), len(centrality)).long()
    centrality = centrality.double()  # a sum of two in half precision may overflow
    score = centrality[target]
    if check_flag(undirected, "undirected"):
        score = (score + centrality[source]) / 2
    return _probability((score + _EPS).log(), p, max_p).float()


def adaptive_feature_probability(
    x: Tensor,
    centrality: Tensor,
    p: float = 0.5,
    *,
    max_p: float = 0.7,
    binary: bool = True,
) -> Tensor:
    r"""Compute for every feature column a probability of masking it that falls with the centrality
    of the nodes that use it (`GCA <https://arxiv.org/abs/2010.14945>`_).

    .. math::
        p_f = \min\Big(p\, \frac{\max t - t_f}{\max t - \operatorname{mean} t}, p_\tau\Big),
        \qquad t_f = \log \sum_i |x_{if}| \varphi_i

    Columns that no node of a centrality above 0 uses have no logarithm. They take no part in
    maximum and mean, and get the highest probability of the others; in the released code one such
    column makes every weight NaN, so that all columns are masked at the cap.

    Args:
        x: node features, dense or in the ``torch.sparse_csr`` layout.
        centrality: a number for each node, 0 or above.
        p: mean probability in [0, 1], before the cap.
        max_p: the cap :math:`p_\tau` in [0, 1].
        binary: count entries instead of adding their size; False is for dense features, as those
            of WikiCS.

    Shapes:
        x [N, F], centrality [N] -> [F], for :func:`~gcl.functional.mask_features`

    Raises:
        TypeError, ValueError: for features that are no finite float matrix, centralities of another
            length or negative, or a probability outside [0, 1].

    Example:
        >>> x = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
        >>> adaptive_feature_probability(x, torch.tensor([1.0, 1.0]), 0.2)
        tensor([0.0000, 0.4000, 0.4000])

    Cost: one pass over x.
    """
    _check_centrality(centrality, len(x))
    votes = column_votes(x, centrality, binary=binary)
    used = votes > 0
    out = torch.zeros_like(votes)
    out[used] = _probability(votes[used].log(), p, max_p)
    out[~used] = out[used].max() if used.any() else min(p, max_p)
    return out.float()


def _probability(score: Tensor, p: float, max_p: float) -> Tensor:
    p, max_p = check_probability(p, "p"), check_probability(max_p, "max_p")
    if not score.numel():
        return score
    spread = score.max() - score.mean()
    weight = (score.max() - score) / spread if spread > 1e-6 else torch.ones_like(score)
    return (p * weight).clamp(max=max_p)


def _check_centrality(centrality: Tensor, num_nodes: int) -> None:
    check_vector(centrality, num_nodes, "centrality")
    if (centrality < 0).any():
        raise ValueError(f"centrality must be 0 or above, got {centrality.min().item():g}")
