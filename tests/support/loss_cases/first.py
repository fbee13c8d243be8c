"""InfoNCE, NTXent, JSD, LocalGlobal."""

import math

import torch

from gcl import losses
from support.loss_case import Case, cosine, softplus


def reference_nt_xent(u, v, t):
    n, total = len(u), 0.0
    for x, y in ((u, v), (v, u)):
        for i in range(n):
            others = [math.exp(cosine(x[i], y[j]) / t) for j in range(n)]
            same = [math.exp(cosine(x[i], x[j]) / t) for j in range(n) if j != i]
            total -= math.log(others[i] / (sum(others) + sum(same)))
    return total / (2 * n)


def reference_info_nce(u, v, t):
    n, total = len(u), 0.0
    for x, y in ((u, v), (v, u)):
        for i in range(n):
            others = [math.exp(cosine(x[i], y[j]) / t) for j in range(n)]
            total -= math.log(others[i] / sum(others))
    return total / (2 * n)


def reference_jsd(u, v):
    n = len(u)
    positive = sum(softplus(-float(u[i] @ v[i])) for i in range(n)) / n
    negative = sum(softplus(float(u[i] @ v[j])) for i in range(n) for j in range(n) if i != j)
    return positive + negative / (n * (n - 1))


def reference_local_global(h, fake, weight, bias):
    n = len(h)
    c = [1 / (1 + math.exp(-float(h[:, k].mean()))) for k in range(h.size(1))]
    wc = weight @ torch.tensor(c, dtype=h.dtype)
    total = 0.0
    for i in range(n):
        total += softplus(-(float(h[i] @ wc) + bias)) + softplus(float(fake[i] @ wc) + bias)
    return total / (2 * n)


def make_local_global(**options):
    torch.manual_seed(1)
    return losses.LocalGlobal(4, **options)


CASES = {
    "info_nce": Case(
        lambda **o: losses.InfoNCE(0.6, **o),
        lambda loss, u, v: reference_info_nce(u, v, 0.6),
    ),
    "nt_xent": Case(
        lambda **o: losses.NTXent(0.6, **o),
        lambda loss, u, v: reference_nt_xent(u, v, 0.6),
    ),
    "jsd": Case(losses.JSD, lambda loss, u, v: reference_jsd(u, v)),
    "local_global": Case(
        make_local_global,
        lambda loss, u, v: reference_local_global(u, v, loss.weight.detach(), loss.bias.item()),
        streamed=False,
        paired=False,
    ),
}
