"""The steps of SCGC and SCGC* equal their formulas."""

import math

import pytest
import torch
from torch_geometric.data import Data

from gcl.methods import SCGC, SCGCStar

EDGES = torch.tensor([[0, 1, 1, 2, 3, 4], [1, 0, 2, 1, 4, 3]])
N = 5


def walk():
    a = torch.eye(N).double()
    a[EDGES[0], EDGES[1]] = 1
    return a / a.sum(1, keepdim=True)


def contrast(z, gamma, scale):
    u = z / z.norm(dim=1, keepdim=True)
    total = 0.0
    for i in range(N):
        e = [1.0 if i == j else math.exp(scale * float(u[i] @ u[j])) for j in range(N)]
        positive = sum(float(gamma[i, j]) * e[j] for j in range(N))
        total -= math.log(positive / sum(e) + 1e-8)
    return total / N


def divergence(z, centers):
    q = 1 / (1 + torch.cdist(z, centers).square())
    q = q / q.sum(1, keepdim=True)
    p = q**2 / q.sum(0)
    p = p / p.sum(1, keepdim=True)
    return float((p * (p.log() - q.log())).sum() / N)


def started(cls, **options):
    torch.manual_seed(0)
    data = Data(x=torch.randn(N, 4).double(), edge_index=EDGES)
    method = cls(4, (6,), 3, num_clusters=2, alpha=0.7, beta=1.3, scale=0.9, **options).double()
    method.start(data)
    return method, data


def test_step_of_scgc_takes_one_power_and_reconstructs():
    method, data = started(SCGC, order=2)
    z = method.embed(data)
    expected = 0.7 * contrast(z, walk() @ walk(), 0.9)
    expected += 1.3 * divergence(z, method.centers.detach())
    expected += (method.decode(z) - data.x).square().mean().item()
    assert method.step(data).item() == pytest.approx(expected, rel=1e-6)


def test_step_of_scgc_star_sums_powers_and_does_not_reconstruct():
    method, data = started(SCGCStar, order=2)
    z = method.embed(data)
    expected = 0.7 * contrast(z, walk() + walk() @ walk(), 0.9)
    expected += 1.3 * divergence(z, method.centers.detach())
    assert method.step(data).item() == pytest.approx(expected, rel=1e-6)
    assert method.decoder is None


def test_an_encoder_of_ones_own_still_needs_the_width_of_the_features():
    with pytest.raises(ValueError, match="in_channels must be given: the decoder"):
        SCGC(encoder=torch.nn.Linear(4, 3), out_channels=3, num_clusters=2)
