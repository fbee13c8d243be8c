"""The family of NT-Xent: other denominators, other positives, other weights."""

import math

import torch

from gcl import losses
from support.loss_case import Case, cosine

LABELS = torch.tensor([0, 2, 0, -1, -1, 2, 2])
LOG_WEIGHT = torch.tensor([0.5, -1.0, 0.0, 2.0, 0.3, -0.2, 1.0], dtype=torch.float64)
CLUSTERINGS = torch.tensor([[0, 0, 1, 1, 2, 2, 2], [0, 1, 0, 1, 0, 1, 1]])
TRUSTED = torch.sin(torch.arange(21.0, dtype=torch.float64)).view(7, 3)
# A loop, parallel edges, one direction only; nodes 5 and 6 have no edge, 4 none that leaves it.
EDGES = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 3], [1, 0, 2, 2, 3, 1, 1, 4]])
WEIGHTS = torch.tensor([1.0, 2.0, 0.5, 9.0, 1.0, 0.5, 0.25, 3.0])


def negatives(x, y, i, t):
    """Exponentials of row i of x with all other nodes in both views."""
    others = [j for j in range(len(x)) if j != i]
    return [math.exp(cosine(x[i], w[j]) / t) for w in (x, y) for j in others]


def over_anchors(u, v, row):
    """Mean of ``row(x, y, i)`` over the anchors of both views."""
    return sum(row(x, y, i) for x, y in ((u, v), (v, u)) for i in range(len(u))) / (2 * len(u))


def reference_dcl(u, v, t, sigma=None):
    pairs = [cosine(a, b) for a, b in zip(u, v, strict=True)]
    weight = [1.0] * len(u)
    if sigma:
        total = sum(math.exp(s / sigma) for s in pairs)
        weight = [2 - len(u) * math.exp(s / sigma) / total for s in pairs]

    def row(x, y, i):
        return math.log(sum(negatives(x, y, i, t))) - weight[i] * pairs[i] / t

    return over_anchors(u, v, row)


def reference_sup_con(u, v, labels, t, base):
    z = [*u, *v]
    label = [-1 - i if y < 0 else y for i, y in enumerate(labels.tolist())] * 2
    total = 0.0
    for a in range(len(z)):
        others = [k for k in range(len(z)) if k != a]
        partition = math.log(sum(math.exp(cosine(z[a], z[k]) / t) for k in others))
        mine = [p for p in others if label[p] == label[a]]
        total -= sum(cosine(z[a], z[p]) / t - partition for p in mine) / len(mine)
    return t / base * total / len(z)


def reference_hardness(u, v, t, prior, beta):
    count = 2 * len(u) - 2

    def row(x, y, i):
        positive = math.exp(cosine(x[i], y[i]) / t)
        terms = negatives(x, y, i, t)
        weights = [e**beta for e in terms]
        total = sum(w * e for w, e in zip(weights, terms, strict=True)) / (sum(weights) / count)
        corrected = (total - count * prior * positive) / (1 - prior)
        return -math.log(positive / (positive + max(corrected, count * math.exp(-1 / t))))

    return over_anchors(u, v, row)


def reference_weighted(u, v, t, weight, intra, decoupled):
    """Loss of the anchors in u, with ``weight`` of every pair."""
    n, total = len(u), 0.0
    for i in range(n):
        terms = [weight[i][j] * math.exp(cosine(u[i], v[j]) / t) for j in range(n)]
        own = [weight[i][j] * math.exp(cosine(u[i], u[j]) / t) for j in range(n) if j != i]
        positive = terms[i]
        if decoupled:
            positive = math.exp(cosine(u[i], v[i]) / t)
            terms[i] = 0.0
        total -= math.log(positive / (sum(terms) + (sum(own) if intra else 0.0)))
    return total / n


def reference_team_up(u, v, t, log_weight):
    weight = [[math.exp(a) for a in log_weight.tolist()]] * len(u)
    return sum(reference_weighted(x, y, t, weight, True, False) for x, y in ((u, v), (v, u))) / 2


def reference_meow(u, v, t, clusterings):
    weight = [
        [sum(float(c[i] != c[j]) for c in clusterings) for j in range(len(u))]
        for i in range(len(u))
    ]
    return reference_weighted(u, v, t, weight, False, True)


def reference_soft(u, v, t, targets):
    """Cross-entropy of both directions with the rows of ``targets``."""
    n, total = len(u), 0.0
    for x, y, target in ((u, v, targets[0]), (v, u, targets[1])):
        for i in range(n):
            exps = [math.exp(cosine(x[i], y[j]) / t) for j in range(n)]
            total -= sum(target[i][j] * math.log(exps[j] / sum(exps)) for j in range(n))
    return total / (2 * n)


def reference_cwcl(u, v, p, t):
    n = len(u)
    weight = [[(cosine(p[i], p[j]) + 1) / 2 for j in range(n)] for i in range(n)]
    weight = [[w / sum(row) for w in row] for row in weight]
    return reference_soft(u, v, t, (weight, torch.eye(n).tolist()))


def smoothed(target, alpha):
    """(1 - alpha) I + alpha * target without diagonal, rows divided by their sums."""
    target = target.clone().fill_diagonal_(0.0)
    n = len(target)
    out = (1 - alpha) * torch.eye(n, dtype=target.dtype)
    for i in range(n):
        if target[i].sum() > 1e-9:
            out[i] += alpha * target[i] / target[i].sum()
    return out.tolist()


def dense(edge_index, edge_weight, n):
    matrix = torch.zeros(n, n, dtype=torch.float64)
    for (i, j), w in zip(edge_index.t().tolist(), edge_weight.tolist(), strict=True):
        matrix[i, j] += w
    return matrix


def reference_edges(u, v, t, alpha):
    target = dense(EDGES, WEIGHTS, len(u))
    return reference_soft(u, v, t, (smoothed(target, alpha), smoothed(target.t(), alpha)))


def reference_profiles(u, v, t, alpha):
    m, n = dense(EDGES, WEIGHTS, len(u)), len(u)
    target = torch.zeros(n, n, dtype=torch.float64)
    for i in range(n):
        for j in range(n):
            if m[i].any() and m[j].any():
                target[i, j] = cosine(m[i], m[j])
    return reference_soft(u, v, t, (smoothed(target, alpha),) * 2)


def reference_kernel(u, v, t, gamma, share, inside):
    z, n = [*u, *v], len(u)
    total = 0.0
    for a in range(2 * n):
        square = [2 - 2 * cosine(z[a], z[k]) for k in range(2 * n)]
        others = [k for k in range(2 * n) if k != a]
        powers = [math.exp(-((s + 1e-6) ** (gamma / 2)) / t) for s in square]
        gauss = [math.exp(-s / t) for s in square]
        p = (a + n) % (2 * n)
        mixed = [(1 - share) * x + share * y for x, y in zip(powers, gauss, strict=True)]
        losses = [-math.log(k[p] / sum(k[j] for j in others)) for k in (powers, gauss, mixed)]
        total += losses[2] if inside else (1 - share) * losses[0] + share * losses[1]
    return total / (2 * n)


def reference_mochi(u, v, t, hardest, mixed, query_mixed, generator):
    """The draws in the order of the loss: shares, then partners, one direction after the other."""
    n, total = len(u), 0.0
    for x, y in ((u, v), (v, u)):
        counts = mixed, query_mixed, mixed, mixed, query_mixed
        draws = [torch.rand(n, c, 1, generator=generator, dtype=u.dtype) for c in counts]
        for i in range(n):
            near = sorted((j for j in range(n) if j != i), key=lambda j: -cosine(x[i], y[j]))
            near = [y[j] / y[j].norm() for j in near[:hardest]]
            alpha, beta, a, b, c = (d[i].flatten().tolist() for d in draws)
            a, b, c = ([near[int(hardest * r)] for r in rs] for rs in (a, b, c))
            synthetic = [alpha[k] * a[k] + (1 - alpha[k]) * b[k] for k in range(mixed)]
            for k in range(query_mixed):
                synthetic.append(beta[k] / 2 * x[i] / x[i].norm() + (1 - beta[k] / 2) * c[k])
            terms = [math.exp(cosine(x[i], h) / t) for h in [*y, *synthetic]]
            total -= math.log(terms[i] / sum(terms))
    return total / (2 * n)


def call_mochi(loss, z1, z2):
    return loss(z1, z2, generator=torch.Generator().manual_seed(5))


def reference_cluster_ns(u, v, centroids, t, weight, alpha, beta):
    n = len(u)
    order = [
        sorted(range(len(centroids)), key=lambda k: -cosine(u[i], centroids[k])) for i in range(n)
    ]
    total, margins = 0.0, []
    for i in range(n):
        terms = [math.exp(cosine(u[i], v[j]) / t) for j in range(n)]
        hard = [math.exp(cosine(u[i], centroids[order[j][1]]) / t) for j in range(n)]
        total -= math.log(terms[i] / (sum(terms) + sum(hard)))
        for j in range(n):
            if j != i and order[i][0] == order[j][0]:
                delta = cosine(u[i], u[j]) - cosine(u[i], v[i])
                margins.append(max(delta + alpha, 0.0) + max(-delta - beta, 0.0))
    return total / n + weight * sum(margins) / max(len(margins), 1)


def make_cluster_ns(**options):
    loss = losses.ClusterNS(
        4, 3, temperature=0.6, margin_weight=0.5, alpha=0.1, beta=0.4, **options
    )
    loss.centroids.centre = torch.eye(4)[:3].clone()
    loss.centroids.ready = torch.tensor(True)
    return loss.eval()


CASES = {
    "dcl": Case(
        lambda **o: losses.DCL(0.6, **o),
        lambda loss, u, v: reference_dcl(u, v, 0.6),
    ),
    "dcl: weighted": Case(
        lambda **o: losses.DCL(0.6, weighted=True, sigma=0.7, detach_weight=False, **o),
        lambda loss, u, v: reference_dcl(u, v, 0.6, sigma=0.7),
    ),
    "sup_con": Case(
        lambda **o: losses.SupCon(0.6, base_temperature=0.4, **o),
        lambda loss, u, v: reference_sup_con(u, v, LABELS, 0.6, 0.4),
        call=lambda loss, z1, z2: loss(z1, z2, LABELS[: len(z1)]),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, LABELS[order]),
    ),
    "debiased_info_nce": Case(
        lambda **o: losses.DebiasedInfoNCE(0.6, 0.2, **o),
        lambda loss, u, v: reference_hardness(u, v, 0.6, 0.2, 0.0),
    ),
    "hardness_weighted": Case(
        lambda **o: losses.HardnessWeighted(0.6, 0.1, 0.7, **o),
        lambda loss, u, v: reference_hardness(u, v, 0.6, 0.1, 0.7),
    ),
    "weighted_info_nce": Case(
        lambda **o: losses.WeightedInfoNCE(0.6, **o),
        lambda loss, u, v: reference_team_up(u, v, 0.6, LOG_WEIGHT),
        call=lambda loss, z1, z2: loss(z1, z2, LOG_WEIGHT[: len(z1)]),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, LOG_WEIGHT[order]),
    ),
    "weighted_info_nce: clusters": Case(
        lambda **o: losses.WeightedInfoNCE(
            0.6, intra_view=False, symmetric=False, decoupled=True, **o
        ),
        lambda loss, u, v: reference_meow(u, v, 0.6, CLUSTERINGS),
        call=lambda loss, z1, z2: loss(
            z1, z2, pair_weights=[losses.cluster_weights(c[: len(z1)]) for c in CLUSTERINGS]
        ),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(
            z1, z2, pair_weights=[losses.cluster_weights(c[order]) for c in CLUSTERINGS]
        ),
    ),
    "cwcl": Case(
        lambda **o: losses.CWCL(0.6, **o),
        lambda loss, u, v: reference_cwcl(u, v, TRUSTED, 0.6),
        call=lambda loss, z1, z2: loss(z1, z2, TRUSTED[: len(z1)]),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, TRUSTED[order]),
    ),
    "soft_target_info_nce": Case(
        lambda **o: losses.SoftTargetInfoNCE(0.6, 0.3, **o),
        lambda loss, u, v: reference_edges(u, v, 0.6, 0.3),
        call=lambda loss, z1, z2: loss(z1, z2, EDGES, WEIGHTS),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, order.argsort()[EDGES], WEIGHTS),
    ),
    "soft_target_info_nce: profiles": Case(
        lambda **o: losses.SoftTargetInfoNCE(0.6, 0.3, profiles=True, **o),
        lambda loss, u, v: reference_profiles(u, v, 0.6, 0.3),
        call=lambda loss, z1, z2: loss(z1, z2, EDGES, WEIGHTS),
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, order.argsort()[EDGES], WEIGHTS),
    ),
    "kernel_info_nce": Case(
        lambda **o: losses.KernelInfoNCE(0.6, 1.0, **o),
        lambda loss, u, v: reference_kernel(u, v, 0.6, 1.0, 0.0, False),
        bf16=False,
    ),
    "kernel_info_nce: losses": Case(
        lambda **o: losses.KernelInfoNCE(0.6, 0.5, gaussian=0.3, **o),
        lambda loss, u, v: reference_kernel(u, v, 0.6, 0.5, 0.3, False),
        bf16=False,
    ),
    "kernel_info_nce: kernels": Case(
        lambda **o: losses.KernelInfoNCE(0.6, 0.5, gaussian=0.3, combine="kernels", **o),
        lambda loss, u, v: reference_kernel(u, v, 0.6, 0.5, 0.3, True),
        bf16=False,
    ),
    "mochi": Case(
        lambda **o: losses.Mochi(0.6, hardest=3, mixed=4, query_mixed=2, **o),
        lambda loss, u, v: reference_mochi(u, v, 0.6, 3, 4, 2, torch.Generator().manual_seed(5)),
        call=call_mochi,
        exact_gradient=False,
        ordered=True,
    ),
    "cluster_ns": Case(
        make_cluster_ns,
        lambda loss, u, v: reference_cluster_ns(u, v, loss.centroids.centre, 0.6, 0.5, 0.1, 0.4),
    ),
}
