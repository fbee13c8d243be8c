"""SDCN's step equals its formula."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.encoders import MLP
from gcl.methods import SDCN, AutoEncoder
from gcl.training import fit

EDGES = torch.tensor([[0, 1, 1, 2, 3, 4], [1, 0, 2, 1, 4, 3]])


def walk():
    a = torch.eye(5).double()
    a[EDGES[0], EDGES[1]] = 1
    return a / a.sum(1, keepdim=True)


def convolved(method, x):
    """Soft assignments of the convolutions, layer by layer."""
    h1 = torch.relu(method.encoder.layers[0](x))
    z = method.encoder.layers[1](h1)
    w = [layer.lin.weight.t() for layer in method.convolutions]
    g = torch.relu(walk() @ x @ w[0])
    g = torch.relu(walk() @ ((1 - method.mix) * g + method.mix * h1) @ w[1])
    g = walk() @ ((1 - method.mix) * g + method.mix * z) @ w[2]
    return g.softmax(1).detach(), z.detach()


def divergence(p, q):
    return float((p * (p.log() - q.log())).sum() / len(q))


@pytest.mark.parametrize("mix", [0.5, 0.2])
def test_step_equals_the_formula(mix):
    torch.manual_seed(0)
    data = Data(x=torch.randn(5, 4).double(), edge_index=EDGES)
    method = SDCN(4, (6,), 3, num_clusters=2, mix=mix, beta=0.7, gamma=1.3).double()
    method.start(data)
    s, z = convolved(method, data.x)
    q = 1 / (1 + torch.cdist(z, method.centers.detach()).square())
    q = q / q.sum(1, keepdim=True)
    p = q**2 / q.sum(0)
    p = p / p.sum(1, keepdim=True)
    error = (method.decode(z) - data.x).square().mean().item()
    expected = error + 0.7 * divergence(p, q) + 1.3 * divergence(p, s)
    assert method.step(data).item() == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(method.assign(data).probability, s, rtol=1e-6, atol=1e-8)


def test_convolutions_have_no_bias_and_it_stays_so():
    method = SDCN(4, (6,), 3, num_clusters=2, pretrain_epochs=1)
    fit(method, Data(x=torch.randn(5, 4), edge_index=EDGES), epochs=3, lr=0.1, progress=False)
    assert all(layer.bias.abs().max() == 0 for layer in method.convolutions)


def test_of_an_encoder_of_ones_own_only_the_output_is_taken_in():
    class Narrow(nn.Module):
        out_channels = 3

        def __init__(self):
            super().__init__()
            self.lin = nn.Linear(4, 3)

        def forward(self, x, edge_index=None):
            return self.lin(x)

    data = Data(x=torch.randn(5, 4), edge_index=EDGES)
    method = SDCN(4, (6,), num_clusters=2, encoder=Narrow())
    assert torch.isfinite(method.step(data))
    assert len(method.layers(data)) == 1


def test_assignments_read_the_graph():
    data = Data(x=torch.randn(5, 4), edge_index=EDGES)
    method = SDCN(4, (6,), 3, num_clusters=2)
    method.start(data)
    before = method.assign(data).probability
    data.edge_index = EDGES[:, :2]
    assert not torch.allclose(method.assign(data).probability, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "activate_last=False"),
        ({"activate_last": False, "activation": "prelu"}, "activation='relu'"),
        ({"activate_last": False, "norm": "batch"}, "without norm"),
        ({"activate_last": False, "dropout": 0.5}, "dropout"),
    ],
)
def test_an_encoder_whose_layers_it_cannot_take_apart_is_refused(options, message):
    encoder = MLP(12, (16, 16), 5, 3, **options)
    with pytest.raises(ValueError, match=message):
        SDCN(12, (16, 16), 5, encoder=encoder, num_clusters=3)


def test_a_perceptron_of_ones_own_is_taken_apart_as_it_computes():
    encoder = MLP(12, (16, 16), 5, 3, activate_last=False)
    with pytest.raises(ValueError, match=r"hidden_channels must be those of encoder, \[16, 16\]"):
        SDCN(12, (8, 8), 5, encoder=encoder, num_clusters=3)
    method = SDCN(12, (16, 16), 5, encoder=encoder, num_clusters=3)
    data = Data(x=torch.rand(5, 12), edge_index=EDGES)
    torch.testing.assert_close(method.layers(data)[-1], encoder(data.x))


@pytest.mark.parametrize("name", ["gcn", "sage", "gin"])
def test_encoders_that_read_edges_are_pretrained_on_rows(name):
    data = Data(x=torch.rand(20, 12), edge_index=EDGES)
    method = AutoEncoder(12, (16,), 5, num_clusters=3, encoder=name)
    before = [p.clone() for p in method.parameters()]
    fit(method, data, epochs=1, progress=False)
    assert any(not torch.equal(a, b) for a, b in zip(before, method.parameters(), strict=True))
