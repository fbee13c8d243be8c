import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import NodeDrop
from gcl.encoders import encode
from gcl.functional.sketch import sketch_rows
from gcl.losses import InfoNCE, NTXent
from gcl.methods import COSTA
from gcl.regularizers import POT

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
CALM = {"edge_drop": (0, 0), "feature_mask": (0, 0)}


@pytest.fixture
def graph():
    return Data(x=torch.rand(8, 8).double(), edge_index=EDGES)


def slow_loss(z1, z2, tau, same_view):
    """One anchor and one candidate at a time."""
    total, count = 0, len(z1)
    for a, b in ((z1, z2), (z2, z1)):
        a, b = (torch.stack([row / row.norm() for row in z]) for z in (a, b))
        for i in range(count):
            s = [a[i] @ b[j] / tau for j in range(count)]
            own = [a[i] @ a[j] / tau for j in range(count) if j != i] if same_view else []
            total = total + torch.log(sum(torch.exp(t) for t in s + own)) - s[i]
    return total / (2 * count)


@pytest.mark.parametrize("same_view", [False, True])
def test_step_is_the_loss_of_projected_sketches(graph, same_view):
    method = COSTA(8, out_channels=6, temperature=0.6, same_view=same_view, **CALM).double()
    h = encode(method.encoder, graph)
    torch.manual_seed(1)
    p = sketch_rows(torch.eye(8).double(), 4)
    z = method.sketch_head(p @ h)
    method.sketch.register_forward_pre_hook(lambda *_: torch.manual_seed(1) and None)
    slow = slow_loss(z, z, 0.6, same_view)
    loss = method.step(graph)
    torch.testing.assert_close(loss, slow)
    parameters = list(method.parameters())
    grads = [torch.autograd.grad(value, parameters) for value in (loss, slow)]
    torch.testing.assert_close(*grads)


def test_rows_of_the_views_stay_paired(graph):
    method = COSTA(8, out_channels=6, ratio=1.5).double()
    seen = []
    method.sketch.register_forward_pre_hook(lambda *_: torch.manual_seed(1) and None)
    method.sketch.register_forward_hook(lambda _, h, out: seen.append((h, out)))
    method.step(graph)
    torch.manual_seed(1)
    p = sketch_rows(torch.eye(8).double(), 12)
    (h1, h2), sketches = seen[0]
    assert not torch.allclose(h1, h2)
    torch.testing.assert_close(sketches, (p @ h1, p @ h2))


def test_one_view_is_encoded_once(graph):
    method = COSTA(8, out_channels=6, single_view=True).double()
    calls, sketches = [], []
    method.encoder.register_forward_pre_hook(lambda *_: calls.append(1))
    method.sketch.register_forward_hook(lambda _, h, out: sketches.append((h, out)))
    method.step(graph).backward()
    (h1, h2), (s1, s2) = sketches[0]
    assert len(calls) == 1
    assert torch.equal(h1, h2)
    assert not torch.allclose(s1, s2)
    assert method.sketch.correlation == 0.9


@pytest.mark.parametrize("single", [False, True])
def test_views_that_lost_nodes_mix_the_common_ones(graph, single):
    method = COSTA(
        8, out_channels=6, augmenters=(NodeDrop(0.5), NodeDrop(0.2)), single_view=single
    ).double()
    seen = []
    method.sketch.register_forward_pre_hook(lambda _, h: seen.append([len(x) for x in h]))
    for _ in range(5):
        method.step(graph).backward()
    assert all(n1 == n2 <= 8 for n1, n2 in seen)
    assert any(n1 < 8 for n1, _ in seen)


@pytest.mark.parametrize("single", [False, True])
def test_regulariser_sees_what_was_drawn(graph, single):
    class Seen(torch.nn.Module):
        def forward(self, loss, method, drawn):
            self.shapes = [len(h) for h in drawn.embeddings], [v.num_nodes for v in drawn.views]
            return loss + 1

    losses = []
    for pot in (None, Seen()):
        torch.manual_seed(5)
        method = COSTA(8, out_channels=6, single_view=single, pot=pot).double()
        torch.manual_seed(6)
        losses.append(method.step(graph))
    torch.testing.assert_close(losses[1], losses[0] + 1)
    assert method.pot.shapes == ([8, 8], [8, 8])


def test_defaults_are_the_authors():
    method = COSTA(8)
    assert (method.encoder.hidden_channels, method.encoder.out_channels) == (256, 256)
    assert isinstance(method.loss, InfoNCE)
    assert isinstance(COSTA(8, same_view=True).loss, NTXent)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"correlation": 0.5}, ValueError, "correlation=0.5 would be ignored without single_view"),
        ({"ratio": -1}, ValueError, "ratio must be .* got -1"),
        ({"same_view": 1}, TypeError, "same_view must be True or False, got 1"),
        ({"single_view": "yes"}, TypeError, "single_view must be True or False"),
        ({"edge_drop": 0.2}, ValueError, "edge_drop must hold one value for each.*got 0.2"),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        COSTA(8, **options)


def test_one_view_is_bounded_by_the_rate_that_drew_it():
    edge_index = torch.randint(0, 20, (2, 60))
    data = Data(x=torch.rand(20, 6), edge_index=edge_index)
    found = []
    for unused in (0.0, 0.9):
        torch.manual_seed(0)
        method = COSTA(6, out_channels=4, edge_drop=(0.2, unused), single_view=True, pot=POT(0.5))
        torch.manual_seed(1)
        found += method.pot.compactness(method, method.draw(data))
    assert all(torch.equal(c, found[0]) for c in found)
