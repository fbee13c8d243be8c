r"""Drop probabilities that spare strong communities: CSGCL's augmentation.

Legend: N nodes, M edges, F features.
"""

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_labels, check_probability
from gcl.functional.edges import plain
from gcl.functional.pairs import check_vector
from gcl.functional.votes import column_votes


def communal_edge_probability(
    edge_index: Tensor,
    community: Tensor,
    strength: Tensor,
    p: float = 0.5,
    *,
    max_p: float = 1.0,
) -> Tensor:
    r"""Compute for every edge the probability of Communal Edge Dropping (`CSGCL
    <https://arxiv.org/abs/2305.04658>`_).

    .. math::
        1 - p_{ij} = \operatorname{clip}\Big(\frac{w_{ij}}{\operatorname{mean} w} (1 - p),
        1 - p_\theta, 1\Big), \qquad
        w_{ij} = \frac{e_{ij} - \min e}{\max e - \min e}

    with :math:`e_{ij} = S_c` inside community c, and :math:`-(S_{c(i)} + S_{c(j)})` between two:
    edges between strong communities go first. The mean share of edges kept is 1 - p before it is
    clipped at 1, so more are dropped than p says, and some for p = 0 too. If all edges score the
    same, each is dropped with probability p.

    Args:
        edge_index: edges, in any order.
        community: number of each node's community, -1 for none.
        strength: strength S of each node's community, as
            :func:`~gcl.functional.community_strength` gives it.
        p: the edge drop rate in [0, 1].
        max_p: the highest probability :math:`p_\theta` in [0, 1].

    Shapes:
        edge_index [2, M], community [N], strength [N] -> [M], for
        :func:`~gcl.functional.drop_edges`

    Raises:
        TypeError, ValueError: for edges of the wrong kind or out of range, communities and
            strengths of unequal lengths, or a probability outside [0, 1].

    Example:
        >>> edges = torch.tensor([[0, 1, 2], [1, 2, 3]])
        >>> community, strength = torch.tensor([0, 0, 1, 1]), torch.tensor([0.1, 0.1, 0.2, 0.2])
        >>> communal_edge_probability(edges, community, strength, 0.5)
        tensor([0.3333, 1.0000, 0.1667])
    """
    check_labels(community, len(community), "community")
    check_vector(strength, len(community), "strength")
    source, target = check_edge_index(plain(edge_index), len(community)).long()
    p, max_p = check_probability(p, "p"), check_probability(max_p, "max_p")
    ends = strength.double()[source], strength.double()[target]
    inside = (community[source] == community[target]) & (community[source] >= 0)
    score = torch.where(inside, ends[0], -(ends[0] + ends[1]))
    if not score.numel():
        return score.float()
    weight = score - score.min()
    equal = weight.max() <= 1e-6 * score.abs().max()  # but for the rounding of strengths
    keep = torch.full_like(weight, 1 - p) if equal else weight / weight.mean() * (1 - p)
    return (1 - keep.clamp(1 - max_p, 1)).float()


def communal_feature_probability(
    x: Tensor, strength: Tensor, p: float = 0.5, *, max_p: float = 1.0
) -> Tensor:
    r"""Compute for every feature column the probability of Communal Attribute Voting (`CSGCL
    <https://arxiv.org/abs/2305.04658>`_).

    .. math::
        p_f = \min\Big(\frac{a_f}{\operatorname{mean} a} p, p_\theta\Big), \qquad
        a_f = \frac{\max \log t - \log t_f}{\max \log t - \min \log t}, \qquad
        t_f = \sum_i |x_{if}| S_i

    The cap's default is that of the released script, 1. A column that gets no vote is taken for the
    one with most, and never masked, as in the released code. Votes below 0, which communities worse
    than chance can give, count as the least above 0. Columns of equal votes all get p.

    Args:
        x: node features, dense or in the ``torch.sparse_csr`` layout.
        strength: strength S of each node's community, as
            :func:`~gcl.functional.community_strength` gives it.
        p: mean probability in [0, 1], before the cap.
        max_p: the cap :math:`p_\theta` in [0, 1].

    Shapes:
        x [N, F], strength [N] -> [F], for :func:`~gcl.functional.mask_features`

    Raises:
        TypeError, ValueError: for features that are no finite float matrix, strengths of another
            length, or a probability outside [0, 1].

    Example:
        >>> x = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
        >>> communal_feature_probability(x, torch.tensor([0.1, 0.1]), 0.2)
        tensor([0.0000, 0.6000, 0.0000])

    Cost: one pass over x.
    """
    check_vector(strength, len(x), "strength")
    p, max_p = check_probability(p, "p"), check_probability(max_p, "max_p")
    votes = column_votes(x, strength)
    if not (votes > 0).any():
        return torch.full_like(votes, min(p, max_p)).float()
    votes = torch.where(votes == 0, votes.max(), votes.clamp(min=votes[votes > 0].min()))
    rarity = votes.max().log() - votes.log()
    mean = rarity.mean()
    share = rarity / mean if mean > 1e-6 else torch.ones_like(rarity)
    return (p * share).clamp(max=max_p).float()
