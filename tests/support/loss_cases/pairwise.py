"""Sigmoid, Triplet, AlignUniform, MACL, ISogCLR, CACR, GroCo, SwAV,
AdaptiveMultiHead.
"""

import math

import torch

from gcl import losses
from support.loss_case import Case, cosine, softplus
from support.loss_cases.first import reference_info_nce


def squared(a, b):
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def unit(z):
    return [x / math.sqrt(float(x @ x)) for x in z]


def reference_sigmoid(u, v, scale, bias):
    n, total = len(u), 0.0
    for i in range(n):
        for j in range(n):
            logit = scale * cosine(u[i], v[j]) + bias
            total += softplus(-logit if i == j else logit)
    return total / n


def reference_triplet(u, v, margin):
    n, total = len(u), 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                total += max(squared(u[i], v[i]) - squared(u[i], v[j]) + margin, 0.0)
    return total / (n * (n - 1))


def reference_hardest_triplet(u, v, margin):
    n, total = len(u), 0.0
    for i in range(n):
        nearest = min(squared(u[i], v[j]) for j in range(n) if j != i)
        total += max(squared(u[i], v[i]) - nearest + margin, 0.0)
    return total / n


def reference_align_uniform(u, v, alpha, t, weight):
    n, total = len(u), 0.0
    u, v = unit(u), unit(v)
    for i in range(n):
        total += squared(u[i], v[i]) ** (alpha / 2) / n
    for x in (u, v):
        kernel = [math.exp(-t * squared(x[i], x[j])) for i in range(n) for j in range(i)]
        total += weight / 2 * math.log(sum(kernel) / len(kernel))
    return total


def candidates(x, y, i):
    """Similarities of x_i with every other node of both views."""
    n = len(x)
    return [cosine(x[i], z[j]) for z in (y, x) for j in range(n) if j != i]


def reference_macl(u, v, t, alpha, threshold):
    n, total = len(u), 0.0
    aligned = sum(cosine(u[i], v[i]) for i in range(n)) / n
    t *= 1 + alpha * (aligned - threshold)
    for x, y in ((u, v), (v, u)):
        for i in range(n):
            positive = math.exp(cosine(x[i], y[i]) / t)
            p = positive / (positive + sum(math.exp(s / t) for s in candidates(x, y, i)))
            total -= math.log(p) / (1 - p)
    return total / (2 * n)


def reference_isog_clr(u, v, t, gamma, s_old):
    n, total = len(u), 0.0
    for x, y in ((u, v), (v, u)):
        for i in range(n):
            similar = candidates(x, y, i)
            g = sum(math.exp(s / t[i]) for s in similar) / len(similar)
            s_new = (1 - gamma) * s_old[i] + gamma * g
            weighted = [math.exp(s / t[i]) / s_new * s for s in similar]
            total += sum(weighted) / len(similar) - cosine(x[i], y[i])
    return total / (2 * n)


def make_isog_clr(**options):
    """Seven nodes with temperatures and running means of their own."""
    loss = losses.ISogCLR(7, temperature=0.5, **options)
    loss.temperature += torch.arange(7) / 20
    loss.log_mean[:] = 0.3 * torch.arange(7)
    return loss


def reference_cacr(u, v, t):
    n, total = len(u), 0.0
    u, v = unit(u), unit(v)
    for i in range(n):
        distances = [squared(u[i], v[j]) for j in range(n) if j != i]
        weights = [math.exp(-t * d) for d in distances]
        mean = sum(w * d for w, d in zip(weights, distances, strict=True)) / sum(weights)
        total += squared(u[i], v[i]) - mean
    return total / n


def reference_gro_co(u, v, count, steepness):
    """Follow every entry through the sorting network by its whole permutation matrix."""
    n, size, total = len(u), count + 1, 0.0
    for x, y in ((u, v), (v, u)):
        for i in range(n):
            near = sorted(cosine(x[i], x[j]) for j in range(n) if j != i)[-count:]
            values = [*near, cosine(x[i], y[i])]
            p = [[float(a == b) for b in range(size)] for a in range(size)]  # entry, rank
            for layer in range(size):
                for a in range(layer % 2, size - 1, 2):
                    low, high = values[a : a + 2]
                    keep = 0.5 + math.atan(steepness * (high - low)) / math.pi
                    values[a] = keep * low + (1 - keep) * high
                    values[a + 1] = (1 - keep) * low + keep * high
                    for row in p:
                        low, high = row[a : a + 2]
                        row[a] = keep * low + (1 - keep) * high
                        row[a + 1] = (1 - keep) * low + keep * high
            total -= math.log(p[-1][-1]) / size
            total -= sum(math.log(1 - row[-1]) for row in p[:-1]) / size
    return total / (2 * n)


def reference_codes(scores, epsilon, iterations):
    q = [[math.exp(s / epsilon) for s in row] for row in scores]
    for _ in range(iterations):
        sums = [sum(row[k] for row in q) for k in range(len(q[0]))]
        q = [[x / total for x, total in zip(row, sums, strict=True)] for row in q]
        q = [[x / sum(row) for x in row] for row in q]
    return q


def reference_sw_av(u, v, prototypes, t, epsilon, iterations):
    n, total = len(u), 0.0
    scores = [[[cosine(x, c) for c in prototypes] for x in z] for z in (u, v)]
    codes = [reference_codes(s, epsilon, iterations) for s in scores]
    for code, score in ((codes[0], scores[1]), (codes[1], scores[0])):
        for i in range(n):
            log_sum = math.log(sum(math.exp(s / t) for s in score[i]))
            total -= sum(q * (s / t - log_sum) for q, s in zip(code[i], score[i], strict=True))
    return total / (2 * n)


def make_sw_av(**options):
    torch.manual_seed(1)
    return losses.SwAV(4, 5, temperature=0.3, epsilon=0.2, iterations=2, **options)


def reference_adaptive_multi_head(u, v, log_temperature, prior, weight):
    total, width = 0.0, u.size(1) // len(log_temperature)
    for c, log_t in enumerate(log_temperature):
        piece = slice(c * width, (c + 1) * width)
        info_nce = reference_info_nce(u[:, piece], v[:, piece], math.exp(log_t))
        total += info_nce / len(log_temperature) + weight * (log_t - math.log(prior)) ** 2
    return total


def make_adaptive_multi_head(**options):
    loss = losses.AdaptiveMultiHead(2, temperature=0.4, weight=0.3, **options)
    with torch.no_grad():
        loss.log_temperature += torch.tensor([0.2, 0.9])
    return loss


CASES = {
    "sigmoid": Case(
        lambda **o: losses.Sigmoid(3.0, -1.0, **o),
        lambda loss, u, v: reference_sigmoid(u, v, loss.log_scale.exp().item(), -1.0),
    ),
    "triplet": Case(
        lambda **o: losses.Triplet(0.5, **o),
        lambda loss, u, v: reference_triplet(u, v, 0.5),
    ),
    "triplet: hardest": Case(
        lambda **o: losses.Triplet(5.0, negatives="hardest", **o),
        lambda loss, u, v: reference_hardest_triplet(u, v, 5.0),
        streamed=False,
    ),
    "align_uniform": Case(
        lambda **o: losses.AlignUniform(alpha=3.0, t=1.5, weight=0.7, **o),
        lambda loss, u, v: reference_align_uniform(u, v, 3.0, 1.5, 0.7),
        rows=False,
    ),
    "macl": Case(
        lambda **o: losses.MACL(0.5, alpha=0.8, threshold=0.1, **o),
        lambda loss, u, v: reference_macl(u, v, 0.5, 0.8, 0.1),
        exact_gradient=False,
    ),
    "isog_clr": Case(
        make_isog_clr,
        lambda loss, u, v: reference_isog_clr(
            u, v, loss.temperature.tolist(), 0.8, loss.log_mean.exp().tolist()
        ),
        exact_gradient=False,
        ordered=True,
        reordered=lambda loss, z1, z2, order: loss(z1, z2, n_id=order),
    ),
    "cacr": Case(
        lambda **o: losses.CACR(t_negative=1.5, **o),
        lambda loss, u, v: reference_cacr(u, v, 1.5),
    ),
    "gro_co": Case(
        lambda **o: losses.GroCo(4, steepness=3.0, **o),
        lambda loss, u, v: reference_gro_co(u, v, 4, 3.0),
        streamed=False,
        exact_gradient=False,
    ),
    "sw_av": Case(
        make_sw_av,
        lambda loss, u, v: reference_sw_av(u, v, loss.prototypes.detach(), 0.3, 0.2, 2),
        streamed=False,
        exact_gradient=False,
    ),
    "adaptive_multi_head": Case(
        make_adaptive_multi_head,
        lambda loss, u, v: reference_adaptive_multi_head(
            u, v, loss.log_temperature.tolist(), 0.4, 0.3
        ),
    ),
}
