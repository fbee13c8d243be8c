r"""What PamC is measured against: dense and streamed contrast with all nodes, and gathered rows.

The loss with all nodes as negatives is that of `SCGC <https://arxiv.org/abs/2209.14067>`_, with the
influence :math:`\Gamma` and :math:`s_{ii} := 0`:

.. math::
    L = -\frac{1}{N} \sum_i \log \frac{\sum_j \Gamma_{ij} e^{t s_{ij}}}{\sum_j e^{t s_{ij}}}

Legend: N nodes, M entries of the influence matrix, K clusters, D width.
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.positive_pairs import PositivePairs
from gcl.functional.positive_sums import log_positive_sums


def dense_all(z: Tensor, gamma: Tensor, scale: float) -> Tensor:
    r"""All nodes as negatives, as the formula reads: matrices of N x N, kept for backward.

    Shapes:
        z [N, D], gamma [N, N] -> scalar
    """
    u = normalize(z)
    s = u @ u.t()
    e = (scale * (s - s.diag().diag())).exp()  # [N, N]
    return -((gamma * e).sum(1) / e.sum(1)).log().mean()


def streamed_all(z: Tensor, pairs: PositivePairs, scale: float) -> Tensor:
    r"""The same, the sum over all nodes being streamed in blocks.

    Shapes:
        z [N, D] -> scalar
    """
    u = unit_rows(z)
    return (all_negatives(u, scale) - log_positive_sums(u, pairs, scale=scale)).mean()


def all_negatives(u: Tensor, scale: float) -> Tensor:
    r"""The term that PamC approximates, :math:`\log \sum_j e^{t s_{ij}}`: [N, D] -> [N]."""
    others = row_logsumexp(u, u, scale=scale, exclude_diagonal=True)
    return torch.logaddexp(others, others.new_zeros(()))  # the row itself counts as 1


def gathered_pam_c(
    z: Tensor, edge_index: Tensor, weight: Tensor, cluster: Tensor, scale: float
) -> Tensor:
    r"""PamC in plain PyTorch: both ends of every edge are gathered, and kept for backward.

    Shapes:
        z [N, D], edge_index [2, M], weight [M], cluster [N] -> scalar
    """
    j, i = edge_index
    u = normalize(z)
    s = torch.where(i == j, 0.0, (u[i] * u[j]).sum(1))  # [M]
    positive = torch.zeros_like(u[:, 0]).index_add(0, i, weight * (scale * s).exp())
    meta = normalize(one_hot(cluster).to(z.dtype).t() @ z)  # [K, D]
    s = meta @ meta.t()
    negative = (scale * (s - s.diag().diag())).exp().sum(1)
    return negative.log().mean() - positive.log().mean()


def dense_matrix(edge_index: Tensor, weight: Tensor, num_nodes: int) -> Tensor:
    r"""The influence matrix with all its zeros: [2, M], [M] -> [N, N]."""
    zeros = weight.new_zeros(num_nodes, num_nodes)
    return zeros.index_put_((edge_index[1], edge_index[0]), weight)
