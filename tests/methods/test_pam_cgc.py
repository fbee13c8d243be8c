"""PamCGC's step equals its formula."""

import math

import pytest
import torch
from torch_geometric.data import Data

from gcl.loaders import NeighborLoader
from gcl.methods import PamCGC

EDGES = torch.tensor([[0, 1, 1, 2, 3, 4], [1, 0, 2, 1, 4, 3]])


def cosine(a, b):
    return float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


def soft(z, centers):
    kernel = 1 / (1 + torch.cdist(z, centers).square())
    return kernel / kernel.sum(1, keepdim=True)


def divergence(q):
    p = q**2 / q.sum(0)
    p = p / p.sum(1, keepdim=True)
    return float((p * (p.log() - q.log())).sum() / len(q))


def influence(n, order):
    a = torch.eye(n).double()
    a[EDGES[0], EDGES[1]] = 1
    walk = a / a.sum(1, keepdim=True)
    return sum(torch.matrix_power(walk, k) for k in range(1, order + 1))


def meta_contrast(z, gamma, cluster, num_clusters, scale):
    n, total = len(z), 0.0
    for i in range(n):
        e = [1.0 if i == j else math.exp(scale * cosine(z[i], z[j])) for j in range(n)]
        total -= math.log(sum(float(gamma[i, j]) * e[j] for j in range(n))) / n
    metas = [z[cluster == k].sum(0) for k in range(num_clusters)]
    for k, m in enumerate(metas):
        others = [math.exp(scale * cosine(m, o)) for j, o in enumerate(metas) if j != k]
        total += math.log(1 + sum(others)) / num_clusters
    return total


@pytest.mark.parametrize("order", [1, 2])
def test_step_equals_the_formula(order):
    torch.manual_seed(0)
    data = Data(x=torch.randn(5, 4).double(), edge_index=EDGES)
    method = PamCGC(
        4, (6,), 3, num_clusters=2, alpha=0.7, beta=1.3, scale=0.9, order=order, pretrain_epochs=0
    ).double()
    method.start(data)
    z, centers = method.embed(data), method.centers.detach()
    q = soft(z, centers)
    expected = 0.7 * meta_contrast(z, influence(5, order), q.argmax(1), 2, 0.9)
    expected += 1.3 * divergence(q)
    assert method.step(data).item() == pytest.approx(expected, rel=1e-6)


def test_no_gradient_reaches_the_centres_through_the_contrast():
    data = Data(x=torch.randn(5, 4), edge_index=EDGES)
    method = PamCGC(4, (6,), 3, num_clusters=2, beta=0.0)
    method.step(data).backward()
    assert method.centers.grad.abs().max() == 0
    assert any(p.grad.abs().max() > 0 for p in method.encoder.parameters())


def test_soft_assignments_make_other_meta_nodes():
    data = Data(x=torch.randn(5, 4), edge_index=EDGES)
    losses = []
    for assignment in ("hard", "soft"):
        torch.manual_seed(2)
        method = PamCGC(4, (6,), 3, num_clusters=2, assignment=assignment)
        losses.append(method.step(data).item())
    assert losses[0] != losses[1]


def test_edge_weights_count():
    data = Data(x=torch.randn(5, 4), edge_index=EDGES)
    torch.manual_seed(2)
    method = PamCGC(4, (6,), 3, num_clusters=2)
    plain = method.step(data).item()
    data.edge_weight = torch.ones(6)
    assert method.step(data).item() == pytest.approx(plain, rel=1e-5)
    data.edge_weight = torch.arange(1.0, 7.0)
    assert method.step(data).item() != pytest.approx(plain, rel=1e-3)


def test_the_last_batch_may_hold_fewer_rows_than_there_are_clusters():
    data = Data(x=torch.rand(21, 4), edge_index=torch.randint(21, (2, 40)))
    method = PamCGC(4, (8,), 3, num_clusters=3, pretrain_epochs=1)
    batches = list(NeighborLoader(data, [2], batch_size=10))
    assert batches[-1].batch_size == 1
    method.start(data)
    loss = method.step(batches[-1])
    q = soft(method.embed(batches[-1])[:1], method.centers).detach()
    expected = method.alpha * -math.log(1.0) + method.beta * divergence(q)  # alone: nothing pushes
    assert loss.item() == pytest.approx(expected, abs=1e-6)
