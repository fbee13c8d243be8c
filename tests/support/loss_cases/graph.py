"""IAC: one embedding of the nodes of a graph, here the columns of both views side by side."""

import math

import torch

from gcl import losses
from gcl.checks import check_pair
from support.loss_case import Case, cosine

EDGES = torch.tensor([[0, 1, 2, 2, 5], [1, 2, 3, 0, 5]])


def walk(n):
    """The random walk with self loops as lists, both directions of every edge."""
    a = [[float(i == j) for j in range(n)] for i in range(n)]
    for i, j in EDGES.t().tolist():
        a[i][j] = a[j][i] = 1.0
    return torch.tensor([[x / sum(row) for x in row] for row in a], dtype=torch.float64)


def reference_iac(z, t, order, cumulative):
    p, n = walk(len(z)), len(z)
    powers = [torch.matrix_power(p, k) for k in range(1, order + 1)]
    gamma = sum(powers) if cumulative else powers[-1]
    total = 0.0
    for i in range(n):
        e = [1.0 if i == j else math.exp(t * cosine(z[i], z[j])) for j in range(n)]
        positive = sum(float(gamma[i, j]) * e[j] for j in range(n))
        total -= math.log(positive / sum(e) + 1e-8)
    return total / n


def call(loss, z1, z2, edges=EDGES):
    check_pair(z1, z2)  # torch.cat would raise errors of its own
    # Influence has the precision of the edges' weights.
    weight = torch.ones(edges.size(1), dtype=torch.float64, device=z1.device)
    return loss(torch.cat([z1, z2], dim=1), edges.to(z1.device), weight)


def reordered(loss, z1, z2, order):
    return call(loss, z1, z2, order.argsort()[EDGES])


def case(order, cumulative):
    return Case(
        lambda **o: losses.IAC(order, cumulative=cumulative, scale=0.7, **o),
        lambda loss, u, v: reference_iac(torch.cat([u, v], 1), 0.7, order, cumulative),
        call=call,
        paired=False,
        ordered=True,
        reordered=reordered,
    )


CASES = {"iac": case(1, True), "iac: powers": case(3, True), "iac: last power": case(3, False)}
