"""Slow float64 pieces of recommenders on a tiny graph, from the formulas, dense and by loops."""

import math

import torch
from torch_geometric.data import HeteroData

RATES = ("user", "rates", "item")
EDGES = torch.tensor([[0, 0, 1, 2, 2, 3, 3, 4], [0, 1, 1, 2, 3, 0, 4, 5]])
USERS, ITEMS = 5, 7  # item 6 is alone
DRAWN = torch.tensor([[0, 3, 2, 0], [1, 4, 3, 0], [5, 2, 6, 5]])  # with repeated users and items


def batch():
    """The graph with a batch of triplets."""
    data = HeteroData(user={"num_nodes": USERS}, item={"num_nodes": ITEMS})
    data[RATES].edge_index = EDGES
    data.triplets = DRAWN
    return data


def adjacency(edges=EDGES):
    """The normalised interactions [I, J], degrees of these edges alone."""
    r = torch.zeros(USERS, ITEMS, dtype=torch.float64)
    r[edges[0], edges[1]] = 1.0
    scale = r.sum(1).clamp(min=1)[:, None] * r.sum(0).clamp(min=1)[None]
    return r / scale.sqrt()


def layers(user, item, num_layers, a=None):
    """The tables and what follows them: pairs of float64 matrices."""
    found, a = [(user, item)], adjacency() if a is None else a
    for _ in range(num_layers):
        u, v = found[-1]
        found.append((a @ v, a.t() @ u))
    return found


def total(pairs):
    return sum(u for u, _ in pairs), sum(v for _, v in pairs)


def mean(pairs):
    user, item = total(pairs)
    return user / len(pairs), item / len(pairs)


def bpr(final):
    """-log sigma of the difference of scores, one number a triplet."""
    user, item = final
    out = []
    for u, i, j in DRAWN.t().tolist():
        difference = float(user[u] @ item[i]) - float(user[u] @ item[j])
        out.append(-math.log(1 / (1 + math.exp(-difference))))
    return out


def squares(user, item):
    """Half the squared lengths of the rows of each triplet."""
    return [
        float(user[u] @ user[u] + item[i] @ item[i] + item[j] @ item[j]) / 2
        for u, i, j in DRAWN.t().tolist()
    ]


def table_norms(user, item):
    """Norms of the rows of users, positive and negative items of the batch, over its size."""
    u, i, j = DRAWN.tolist()
    parts = ([user[k] for k in u], [item[k] for k in i], [item[k] for k in j])
    return sum(math.sqrt(sum(float(row @ row) for row in part)) for part in parts) / len(u)


def all_nodes(z1, z2, index, temperature, cosine=True, clamp=math.inf):
    """InfoNCE of some rows against all rows of the other view, one number an anchor."""
    if cosine:
        z1, z2 = (z / z.norm(dim=1, keepdim=True).clamp(min=1e-300) for z in (z1, z2))
    out = []
    for b in index:
        logits = [float(z1[b] @ z2[j]) / temperature for j in range(len(z2))]
        positive = max(-clamp, min(clamp, logits[b]))
        out.append(math.log(sum(math.exp(s) for s in logits)) - positive)
    return out


def tables(method):
    """The method's own tables in float64."""
    return method.user.detach().double(), method.item.detach().double()


def average(values):
    values = list(values)
    return sum(values) / len(values)


ANCHORS = ([0, 2, 3], [0, 1, 3, 4])  # the different users and positive items of the batch


def in_batch(first, second, temperature):
    """InfoNCE among the nodes of the batch, each once, in one direction."""
    value = 0.0
    for k, index in enumerate(ANCHORS):
        value += average(
            all_nodes(first[k][index], second[k][index], range(len(index)), temperature)
        )
    return value


def norms(final):
    user, item = final[0][DRAWN[0]], final[1][DRAWN[1]]
    return (math.sqrt(float(user.square().sum())) + math.sqrt(float(item.square().sum()))) / 4
