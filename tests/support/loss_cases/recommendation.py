"""Losses of recommenders: pairs of scores, and some nodes against all."""

import math

import torch

from gcl import losses
from support.loss_case import Case, cosine, softplus

INDEX = [0, 1, 2, 3, 4, 5, 6, 2, 2, 5]  # every node, some of them again


def reference_bpr(u, v):
    """The negative of a row is the row of the first view itself."""
    return sum(softplus(float(u[b] @ u[b]) - float(u[b] @ v[b])) for b in range(len(u))) / len(u)


def reference_all_nodes(u, v, index, temperature, similarity, clamp=math.inf, reduction="mean"):
    rows = []
    for b in index:
        logits = [similarity(u[b], v[j]) / temperature for j in range(len(v))]
        positive = max(-clamp, min(clamp, logits[b]))
        rows.append(math.log(sum(math.exp(s) for s in logits)) - positive)
    return sum(rows) / (len(rows) if reduction == "mean" else 1)


def product(a, b):
    return float(a @ b)


CASES = {
    "bpr": Case(
        losses.BPR,
        lambda loss, u, v: reference_bpr(u, v),
        call=lambda loss, z1, z2: loss(z1, z2, z1),
        streamed=False,
        bf16=False,
    ),
    "all_node_info_nce": Case(
        losses.AllNodeInfoNCE,
        lambda loss, u, v: reference_all_nodes(u, v, range(len(u)), loss.temperature, cosine),
        call=lambda loss, z1, z2: loss(z1, z2, torch.arange(len(z1), device=z1.device)),
        rows=False,
    ),
    "all_node_info_nce:raw": Case(
        lambda **o: losses.AllNodeInfoNCE(
            **{"temperature": 0.7, "normalize": False, "clamp": 0.5, "reduction": "sum", **o}
        ),
        lambda loss, u, v: reference_all_nodes(u, v, INDEX, 0.7, product, 0.5, "sum"),
        call=lambda loss, z1, z2: loss(z1, z2, torch.tensor(INDEX, device=z1.device)),
        rows=False,
        paired=False,
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, order.argsort()[torch.tensor(INDEX)]),
    ),
}
