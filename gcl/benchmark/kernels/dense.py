r"""Dense forms of what the package streams: the references of the benchmark, N x N on purpose.

Legend: N nodes, D width.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def dense_nt_xent(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    r"""NT-Xent as GRACE's formula reads: four N x N matrices, kept for backward.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar
    """
    u, v = F.normalize(z1), F.normalize(z2)
    return (_one_direction(u, v, temperature) + _one_direction(v, u, temperature)).mean() / 2


def _one_direction(u: Tensor, v: Tensor, temperature: float) -> Tensor:
    same = (u @ u.t() / temperature).exp()  # [N, N]
    other = (u @ v.t() / temperature).exp()  # [N, N]
    return -(other.diag() / (same.sum(1) + other.sum(1) - same.diag())).log()


def masked_nt_xent(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    r"""The same with explicit masks of positives and negatives, as general samplers build them.

    Shapes:
        z1 [N, D], z2 [N, D] -> scalar
    """
    u, v = F.normalize(z1), F.normalize(z2)
    n = len(u)
    eye = torch.eye(n, device=u.device)
    positive = torch.cat([eye, torch.zeros_like(eye)], dim=1)  # [N, 2N]
    negative = torch.cat([1 - eye, 1 - eye], dim=1)
    losses = []
    for anchor, other in ((u, v), (v, u)):
        s = torch.cat([anchor @ other.t(), anchor @ anchor.t()], dim=1) / temperature
        weights = s.exp() * (positive + negative)
        log_prob = s - weights.sum(1, keepdim=True).log()
        losses.append(-(log_prob * positive).sum(1) / positive.sum(1))
    return torch.stack(losses).mean()
