r"""Soft assignment of points to clusters by a Student-t kernel, and the target that sharpens it.

Legend: N points, D width, K clusters.
"""

import torch
from torch import Tensor

from gcl.checks import check_matrix, check_positive, describe
from gcl.functional.autocast import full_precision
from gcl.functional.normalize import at_least_float32


@full_precision
def log_assignment(z: Tensor, centers: Tensor, *, dof: float = 1.0) -> Tensor:
    r"""Compute the logarithm of soft assignments to cluster centres (`DEC
    <https://arxiv.org/abs/1511.06335>`_).

    .. math::
        q_{ik} = \frac{(1 + \lVert z_i - \mu_k \rVert^2 / \nu)^{-(\nu + 1) / 2}}
                      {\sum_l (1 + \lVert z_i - \mu_l \rVert^2 / \nu)^{-(\nu + 1) / 2}}

    The largest entry of a row is that of the nearest centre.

    Args:
        z: points.
        centers: :math:`\mu`, one a row.
        dof: degrees of freedom :math:`\nu` > 0; the authors use 1.

    Shapes:
        z [N, D], centers [K, D] -> log q [N, K]

    Raises:
        TypeError, ValueError: for what are no finite float matrices of one width.

    Cost: O(N K D) time, O(N K) memory.

    Example:
        >>> log_assignment(torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])).exp()
        tensor([[0.8333, 0.1667],
                [0.5000, 0.5000]])
    """
    check_positive(dof, "dof")
    for value, name in ((z, "z"), (centers, "centers")):
        check_matrix(value, name)
    if z.size(1) != centers.size(1):
        raise ValueError(f"centers must have {z.size(1)} columns, got {describe(centers)}")
    z, centers = at_least_float32(z), at_least_float32(centers)
    # Distances of short vectors from the origin of the centres: the expansion loses less there.
    shift = centers.detach().mean(0)
    z, centers = z - shift, centers - shift
    square = torch.addmm(centers.square().sum(1), z, centers.t(), alpha=-2)  # [N, K]
    distance = (square + z.square().sum(1, keepdim=True)).clamp_min(0)
    return (-(dof + 1) / 2 * torch.log1p(distance / dof)).log_softmax(dim=1)


@torch.no_grad()
def target_distribution(q: Tensor) -> Tensor:
    r"""Sharpen soft assignments and even out the clusters' sizes; a constant, without gradient.

    .. math::
        p_{ik} = \frac{q_{ik}^2 / f_k}{\sum_l q_{il}^2 / f_l}, \qquad f_k = \sum_i q_{ik}

    Args:
        q: soft assignments, each row summing to 1.

    Shapes:
        q [N, K] -> p [N, K]

    Example:
        >>> target_distribution(torch.tensor([[0.8, 0.2], [0.4, 0.6]]))
        tensor([[0.9143, 0.0857],
                [0.2286, 0.7714]])
    """
    check_matrix(q, "q")
    tiny = torch.finfo(q.dtype).tiny  # a cluster that no point has any share of
    weight = q.square() / q.sum(0).clamp_min(tiny)
    return weight / weight.sum(1, keepdim=True)


def assignment_divergence(log_q: Tensor, p: Tensor | None = None) -> Tensor:
    r"""Compute the mean Kullback-Leibler divergence of soft assignments from their target.

    .. math::
        L_{KL} = \frac{1}{N} \sum_i \sum_k p_{ik} (\log p_{ik} - \log q_{ik})

    Args:
        log_q: log of soft assignments, from :func:`log_assignment`.
        p: target, a constant; :func:`target_distribution` of the assignments if None.

    Shapes:
        log_q [N, K], p [N, K] or None -> scalar

    Example:
        >>> q = torch.tensor([[0.5, 0.5], [0.5, 0.5]])
        >>> assignment_divergence(q.log())
        tensor(0.)
    """
    check_matrix(log_q, "log_q", finite=False)
    target = target_distribution(log_q.exp()) if p is None else p
    return torch.nn.functional.kl_div(log_q, target, reduction="batchmean")
