import copy
import weakref

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

from gcl.datasets import load
from gcl.encoders import GCN
from gcl.loaders import ClusterLoader, NeighborLoader
from gcl.losses import PamC
from gcl.methods import BGRL, CCASSG, COSTA, CSGCL, DGI, GBT, GCA, GRACE, ProGCL
from gcl.regularizers import POT
from gcl.training import TrainingError, fit
from gcl.training.accumulate import in_groups

OFF = {"edge_drop": (0.0, 0.0), "feature_mask": (0.0, 0.0)}
F = 5


def ring(n, seed):
    generator = torch.Generator().manual_seed(seed)
    ends = torch.arange(n)
    edge_index = torch.stack([ends, (ends + 1) % n])
    x = torch.rand(n, F, generator=generator, dtype=torch.float64)
    return Data(x=x, edge_index=torch.cat([edge_index, edge_index.flip(0)], 1))


def graphs():
    return [ring(n, n) for n in (4, 7, 5)]


def trained(method, data, **options):
    method = copy.deepcopy(method).double()
    optimizer = torch.optim.SGD(method.parameters(), lr=0.1)
    result = fit(method, data, optimizer=optimizer, progress=False, **{"epochs": 1, **options})
    return method, result


def assert_same(a, b):
    for (name, p), q in zip(a.named_parameters(), b.named_parameters(), strict=True):
        torch.testing.assert_close(p, q[1], rtol=1e-5, atol=1e-8, msg=name)


METHODS = {
    "grace": lambda: GRACE(F, out_channels=6, **OFF),
    "gca": lambda: GCA(F, out_channels=6, **OFF),
    "ccassg": lambda: CCASSG(F, 16, 3, decorrelation=1.0, **OFF),
    "gbt": lambda: GBT(encoder=GCN(F, 6, 3), **OFF),  # its own would normalise each batch
    "pro_gcl": lambda: ProGCL(F, out_channels=6, activation="relu", **OFF),
}


@pytest.mark.parametrize("name", METHODS)
def test_one_step_over_batches_is_that_of_their_union(name):
    torch.manual_seed(0)
    method, parts = METHODS[name](), graphs()
    union = Batch.from_data_list(parts)
    whole, one = trained(method, [union])
    together, three = trained(method, parts, accumulate=3)
    assert three.losses == pytest.approx(one.losses)
    assert_same(together, whole)
    apart, _ = trained(method, parts)
    with pytest.raises(AssertionError):
        assert_same(apart, whole)


def test_seeds_with_their_whole_neighbourhoods():
    data = load("karate")[0]
    data.x = data.x.double()
    torch.manual_seed(0)
    method = GRACE(data.num_features, out_channels=6, **OFF)
    # A third hop for two layers: the normalisation needs the degrees of the outermost sources.
    small, large = (NeighborLoader(data, [-1, -1, -1], size) for size in (8, 34))
    whole, one = trained(method, large)
    together, five = trained(method, small, accumulate=5)
    assert five.losses == pytest.approx(one.losses)
    assert_same(together, whole)


def test_batches_left_over_make_a_step():
    torch.manual_seed(0)
    method, parts = METHODS["grace"](), graphs()
    in_parts, result = trained(method, parts, accumulate=2)
    by_hand, _ = trained(method, [Batch.from_data_list(parts[:2]), parts[2]])
    assert len(result.losses) == 1
    assert_same(in_parts, by_hand)
    assert [len(g) for g in in_groups(range(7), 3)] == [3, 3, 1]
    assert list(in_groups([], 2)) == []


class Watched(nn.Module):
    """Counts the activations of earlier batches that are alive when a batch is encoded."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(F, 4).double()
        self.alive, self.seen = [], []

    def forward(self, x):
        self.seen.append(sum(ref() is not None for ref in self.alive))
        hidden = self.lin(x)
        activation = hidden.exp()
        self.alive.append(weakref.ref(activation))
        return (activation * hidden).sum(1, keepdim=True)


class Method(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Watched()

    def step(self, batch):
        raise NotImplementedError

    def project(self, batch):
        return (self.encoder(batch.x),)

    def contrast(self, z):
        return z.square().mean()


def test_memory_holds_the_activations_of_one_batch():
    method = Method()
    fit(method, graphs(), epochs=1, accumulate=3, progress=False)
    assert method.encoder.seen == [0] * 6  # twice each


def test_a_run_goes_on_exactly(tmp_path):
    data = load("karate")[0]

    def run(epochs, out, **options):
        torch.manual_seed(0)
        method = GRACE(data.num_features, out_channels=6)
        loader = ClusterLoader(data, 6, 1)
        fit(method, loader, epochs=epochs, out=tmp_path / out, accumulate=4, **options)
        return method

    whole = run(4, "a")
    run(2, "b")
    assert_same(run(4, "b", resume=True), whole)
    with pytest.raises(ValueError, match="accumulate=2 would change the run.*accumulate=4"):
        fit(GRACE(34, out_channels=6), ClusterLoader(data, 6), epochs=5, out=tmp_path / "b",
            accumulate=2, resume=True)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: DGI(F, out_channels=4), "accumulate must be 1 for DGI, got 2: it takes a method"),
        (lambda: BGRL(F, out_channels=4), "accumulate must be 1 for BGRL"),
        (lambda: CSGCL(F, out_channels=4), "this CSGCL, got 2: its loss looks at the graph"),
        (lambda: GRACE(F, loss=PamC()), "this GRACE, got 2: its loss looks at the graph"),
        (lambda: GRACE(F, pot=POT()), "this GRACE, got 2: its regulariser scores the views"),
    ],
)
def test_methods_whose_loss_needs_one_batch(make, reason):
    with pytest.raises(TypeError, match=reason):
        fit(make(), graphs(), epochs=1, accumulate=2)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "accumulate must be at least 1, got 0"),
        (1.5, TypeError, "accumulate must be an integer"),
    ],
)
def test_bad_numbers(value, error, message):
    with pytest.raises(error, match=message):
        fit(GRACE(F, out_channels=4), graphs(), epochs=1, accumulate=value)


def test_one_graph_has_nothing_to_accumulate():
    with pytest.raises(ValueError, match="accumulate=2 would be ignored: data is one graph"):
        fit(GRACE(F, out_channels=4), ring(4, 0), epochs=1, accumulate=2)


def test_a_loss_that_is_not_finite_takes_no_step():
    method = Method()
    before = method.encoder.lin.weight.clone()
    method.contrast = lambda z: z.sum() * float("nan")
    with pytest.raises(TrainingError, match="the loss is nan at epoch 1"):
        fit(method, graphs(), epochs=1, accumulate=2)
    assert torch.equal(method.encoder.lin.weight, before)


def test_both_views_of_costa_are_sketched_over_all_rows():
    torch.manual_seed(0)
    method = COSTA(F, out_channels=6, **OFF)
    together, result = trained(method, graphs(), accumulate=3)
    assert result.losses[0] > 0
    assert not torch.equal(*(next(m.parameters()) for m in (together, method.double())))
