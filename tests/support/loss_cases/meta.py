"""PamC between two views."""

import math

import torch

from gcl import losses
from support.loss_case import Case, cosine

CLUSTER = torch.tensor([0, 1, 2, 0, 2, 2, -1])


def reference_pam_c(u, v, t):
    n, total = len(u), 0.0
    for i in range(n):
        total -= t * cosine(u[i], v[i]) / n
    for x in (u, v):
        meta = [x[k == CLUSTER].sum(0) for k in range(3)]
        for k in range(3):
            terms = [math.exp(t * cosine(meta[k], meta[m])) if m != k else 1.0 for m in range(3)]
            total += math.log(sum(terms)) / 6
    return total


CASES = {
    "pam_c": Case(
        lambda **o: losses.PamC(scale=0.8, **o),
        lambda loss, u, v: reference_pam_c(u, v, 0.8),
        call=lambda loss, u, v: loss.contrast_views(u, v, CLUSTER),
        streamed=False,
        ordered=True,
        reordered=lambda loss, u, v, order: loss.contrast_views(u, v, CLUSTER[order]),
    ),
}
