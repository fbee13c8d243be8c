"""Losses on feature columns, on targets, and on more than two views."""

import math

import torch
from torch.nn.functional import cross_entropy

from gcl import losses
from support.loss_case import Case, cosine


def standard(z, divisor):
    """Columns of mean 0 and deviation 1, as lists."""
    n, columns = len(z), []
    for k in range(z.size(1)):
        values = [float(z[i, k]) for i in range(n)]
        mean = sum(values) / n
        std = math.sqrt(sum((x - mean) ** 2 for x in values) / divisor)
        columns.append([(x - mean) / std for x in values])
    return columns


def products(a, b, divisor):
    """Matrix of inner products of columns over ``divisor``."""
    return [[sum(x * y for x, y in zip(p, q, strict=True)) / divisor for q in b] for p in a]


def off_diagonal(c):
    return sum(c[a][b] ** 2 for a in range(len(c)) for b in range(len(c)) if a != b)


def reference_barlow_twins(u, v, weight, divisor):
    c = products(standard(u, divisor), standard(v, divisor), len(u))
    return sum((1 - c[a][a]) ** 2 for a in range(len(c))) + weight * off_diagonal(c)


def reference_vic_reg(u, v):
    n, d = u.shape
    total = 25 * sum(float(u[i, k] - v[i, k]) ** 2 for i in range(n) for k in range(d)) / (n * d)
    for z in (u, v):
        means = [sum(float(z[i, k]) for i in range(n)) / n for k in range(d)]
        centred = [[float(z[i, k]) - means[k] for i in range(n)] for k in range(d)]
        cov = products(centred, centred, n - 1)
        hinge = sum(max(0.0, 1 - math.sqrt(cov[k][k] + 1e-4)) for k in range(d)) / d
        total += 25 * hinge / 2 + off_diagonal(cov) / d
    return total


def reference_ccassg(u, v, weight):
    n, s, t = len(u), standard(u, len(u) - 1), standard(v, len(v) - 1)
    total = -sum(products(s, t, n)[k][k] for k in range(len(s)))
    for c in (products(s, s, n), products(t, t, n)):
        total += weight * (off_diagonal(c) + sum((1 - c[k][k]) ** 2 for k in range(len(c))))
    return total


def reference_bootstrap(q, y):
    return sum(2 - 2 * cosine(q[i], y[i]) for i in range(len(q))) / len(q)


def three(loss, z1, z2):
    """Call a loss with two views and a third one made of the first."""
    return loss([z1, z2, z1.flip(1)])


def reference_poly_view(views, t, form):
    m, n, total = len(views), len(views[0]), 0.0
    for i in range(n):
        for a in range(m):
            pairs = [(j, c) for j in range(n) for c in range(m) if j != i]
            negative = sum(math.exp(cosine(views[a][i], views[c][j]) / t) for j, c in pairs)
            others = [b for b in range(m) if b != a]
            p = [math.exp(cosine(views[a][i], views[b][i]) / t) for b in others]
            p = [x / (x + negative) for x in p]
            if form == "geometric":
                total -= sum(math.log(x) for x in p) / (m - 1)
            else:
                total -= math.log(sum(p) / (m - 1))
    return total / (n * m)


def reference_sufficient(views, t):
    m, n, total = len(views), len(views[0]), 0.0
    unit = [[view[i] / view[i].norm() for i in range(n)] for view in views]
    for a in range(m):
        mean = [sum(unit[b][i] for b in range(m) if b != a) / (m - 1) for i in range(n)]
        for i in range(n):
            e = [math.exp(cosine(unit[a][i], mean[j]) / t) for j in range(n)]
            total -= math.log(e[i] / sum(e))
    return total / (n * m)


def squares(loss, z1, z2):
    """As ``three``, with squares, whose product with the others is largest where they match.

    Random draws are the same each time.
    """
    torch.manual_seed(5)
    return loss([z1, z2, z1.square()])


def unit(views):
    return [[view[i] / view[i].norm() for i in range(len(view))] for view in views]


def reference_symile(loss, views):
    torch.manual_seed(5)
    n, views, total = len(views[0]), unit(views), 0.0
    scale = loss.log_scale.exp().item()
    for a in range(3):
        x, (y, z) = views[a], [views[k] for k in range(3) if k != a]
        p, q = torch.randperm(n).tolist(), torch.randperm(n).tolist()
        for i in range(n):
            positive = scale * float((x[i] * y[i] * z[i]).sum())
            pairs = [(p[j], q[j]) for j in range(n) if j != i]
            if loss.negatives == "all":
                pairs = [(j, k) for j in range(n) for k in range(n) if (j, k) != (i, i)]
            others = sum(math.exp(scale * float((x[i] * y[j] * z[k]).sum())) for j, k in pairs)
            total += math.log(math.exp(positive) + others) - positive
    return total / (3 * n)


def reference_gram(loss, views, smoothing=0.1):
    n, views, t = len(views[0]), unit(views), loss.log_temperature.exp().item()
    logits = torch.empty(n, n, dtype=torch.float64)
    for i in range(n):
        for j in range(n):
            v = torch.stack([views[0][i], views[1][j], views[2][j]])
            gram = v @ v.t() + 1e-6 * torch.eye(3, dtype=torch.float64)
            logits[i, j] = -math.sqrt(float(gram.det())) / t
    target = torch.arange(n)
    both = [cross_entropy(x, target, label_smoothing=smoothing) for x in (logits, logits.t())]
    return float(sum(both)) / 2


def with_salient(loss, z1, z2):
    """Common projections, salient ones made of the first, every third row background."""
    background = torch.arange(len(z1), device=z1.device) % 3 == 0
    return loss(z1, z2, z1.flip(1), z1.roll(1, 1), background)


def with_salient_in_order(loss, z1, z2, order):
    return loss(z1, z2, z1.flip(1), z1.roll(1, 1), order % 3 == 0)


def reference_sep_clr(u, v, salient, null):
    n, (c1, c2) = len(u), unit([u, v])
    s1, s2 = u.flip(1), u.roll(1, 1)
    rows, background = range(n), [i for i in range(n) if i % 3 == 0]
    targets = [i for i in rows if i not in background]
    zero = torch.zeros(u.size(1), dtype=u.dtype)
    t1, t2 = ([zero if i in background else s[i] for i in rows] for s in (s1, s2))

    def square(x, y):
        return float((x - y) @ (x - y))  # temperature 0.5: over 2 * 0.5

    def uniform(x):
        kernels = [math.exp(-square(x[i], x[j])) for i in rows for j in rows if i != j]
        return math.log(sum(kernels) / len(kernels))

    def entropy(c, t):
        total = 0.0
        for i in rows:
            kernels = [math.exp(-square(c[i], c[j]) - square(t[i], t[j])) for j in rows]
            total += math.log(sum(kernels) / n)
        return total / n

    total = sum(square(c1[i], c2[i]) for i in rows) / n + uniform(c1) + uniform(c2)
    own = sum(square(s1[i], s2[i]) for i in targets) / len(targets) + uniform(t1) + uniform(t2)
    empty = sum(square(s[i], zero) for s in (s1, s2) for i in background) / (2 * len(background))
    return total + salient * own + null * empty + 10 * (entropy(c1, t1) + entropy(c2, t2)) / 2


CASES = {
    "barlow_twins": Case(
        losses.BarlowTwins,
        lambda loss, u, v: reference_barlow_twins(u, v, 1 / 4, len(u) - 1),
        streamed=False,
        rows=False,
    ),
    "vic_reg": Case(
        losses.VICReg,
        lambda loss, u, v: reference_vic_reg(u, v),
        streamed=False,
        rows=False,
    ),
    "ccassg": Case(
        lambda **o: losses.CCASSG(0.1, **o),
        lambda loss, u, v: reference_ccassg(u, v, 0.1),
        streamed=False,
        rows=False,
    ),
    "bootstrap": Case(
        losses.Bootstrap,
        lambda loss, q, y: reference_bootstrap(q, y),
        streamed=False,
        exact_gradient=False,
    ),
    "poly_view": Case(
        lambda **o: losses.PolyView(0.6, **o),
        lambda loss, u, v: reference_poly_view([u, v, u.flip(1)], 0.6, "geometric"),
        call=three,
    ),
    "poly_view: arithmetic": Case(
        lambda **o: losses.PolyView(0.6, form="arithmetic", **o),
        lambda loss, u, v: reference_poly_view([u, v, u.flip(1)], 0.6, "arithmetic"),
        call=three,
    ),
    "poly_view: sufficient": Case(
        lambda **o: losses.PolyView(0.6, form="sufficient", **o),
        lambda loss, u, v: reference_sufficient([u, v, u.flip(1)], 0.6),
        call=three,
    ),
    "symile": Case(
        lambda **o: losses.Symile(5.0, **o),
        lambda loss, u, v: reference_symile(loss, [u, v, u.square()]),
        call=squares,
        ordered=True,
    ),
    "symile: all": Case(
        lambda **o: losses.Symile(5.0, negatives="all", **o),
        lambda loss, u, v: reference_symile(loss, [u, v, u.square()]),
        call=squares,
    ),
    "gram": Case(
        lambda **o: losses.GRAM(0.5, **o),
        lambda loss, u, v: reference_gram(loss, [u, v, u.flip(1)]),
        call=three,
        streamed=False,
    ),
    "sep_clr": Case(
        lambda **o: losses.SepCLR(salient=3.0, null=2.0, **o),
        lambda loss, u, v: reference_sep_clr(u, v, 3.0, 2.0),
        call=with_salient,
        rows=False,
        ordered=True,
        reordered=with_salient_in_order,
    ),
}
