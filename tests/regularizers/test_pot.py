import copy

import pytest
import torch
from torch.nn.functional import softplus
from torch.utils._python_dispatch import TorchDispatchMode
from torch_geometric.data import Data
from torch_geometric.transforms import Compose
from torch_geometric.utils import erdos_renyi_graph

from gcl.augmenters import EdgeDrop, FeatureMask, NodeDrop
from gcl.augmenters.feature_base import FeatureAugmenter
from gcl.functional.compactness import (
    contrast_directions,
    exact_compactness,
    fast_compactness,
)
from gcl.functional.dropped_edges import most_lost
from gcl.methods import CSGCL, GCA, GRACE
from gcl.regularizers import POT
from gcl.regularizers.drop_rates import drop_probability
from gcl.regularizers.droppings import Droppings
from gcl.regularizers.two_layers import read_network

N, F = 40, 12


def graph(n=N, p=0.1, dtype=torch.float):
    torch.manual_seed(1)
    edge_index = erdos_renyi_graph(n - 2, p)  # the last two are isolated
    x = torch.rand(n, F, dtype=dtype)
    x[-1] = 0
    return Data(x=x, edge_index=edge_index)


def grace(pot, **options):
    torch.manual_seed(2)
    options = {"feature_mask": (0, 0), "edge_drop": (0.4, 0.3), "activation": "prelu"} | options
    return GRACE(F, out_channels=6, pot=pot, **options)


def by_hand(method, drawn, mode):
    """Compactness in both views from the functional pieces, without any shortcut."""
    network = read_network(method.encoder)
    both = Droppings()(drawn.graph, drawn.views, drawn.augmenters)
    for k, dropping in enumerate(both):
        s = method.encoder.layers[0].lin(drawn.views[k].x.to_dense())
        w = contrast_directions(drawn.embeddings[1 - k])
        score = exact_compactness if mode == "exact" else fast_compactness
        yield score(s, w, network, dropping)


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_value_and_gradient_are_those_of_the_formula(mode):
    data = graph(dtype=torch.double)
    method = grace(POT(0.3, mode)).double()
    drawn = method.draw(data)
    plain = method.contrast(*method.heads(drawn))
    first, second = by_hand(method, drawn, mode)
    expected = 0.7 * plain + 0.3 * (softplus(-first).mean() + softplus(-second).mean()) / 2
    loss = method.pot(plain, method, drawn)
    torch.testing.assert_close(loss, expected)
    # b1 and the slope among them; the expected loss has no eager gradient.
    ours, theirs = (
        torch.autograd.grad(value, list(method.parameters()), retain_graph=True)
        for value in (loss, expected)
    )
    torch.testing.assert_close(ours, theirs)


def test_the_step_is_the_loss_joined_with_the_regulariser():
    method = grace(POT(0.4), edge_drop=(0, 0))
    data = graph()
    drawn = method.draw(data)
    plain = grace(None, edge_drop=(0, 0)).step(data)
    c1, c2 = method.pot.compactness(method, drawn)
    expected = 0.6 * plain + 0.2 * (softplus(-c1).mean() + softplus(-c2).mean())
    torch.testing.assert_close(method.step(data), expected)


def test_training_with_it_raises_compactness():
    data, mean = graph(), {}
    for pot in (None, POT(0.8)):
        method = grace(pot)
        optimizer = torch.optim.Adam(method.parameters(), lr=0.01)
        for _ in range(40):
            optimizer.zero_grad()
            method.step(data).backward()
            optimizer.step()
        c1, c2 = POT().compactness(method, method.draw(data))
        mean[pot is None] = (c1 + c2).mean().item()
    assert mean[False] > mean[True]


@pytest.mark.parametrize("activation", ["relu", "prelu"])
def test_the_bound_is_below_the_value_of_an_admissible_view(activation):
    data = graph(dtype=torch.double)
    method = grace(POT(), activation=activation, edge_drop=(0.4, 0)).double()
    with torch.no_grad():
        for layer in method.encoder.layers:
            layer.bias.normal_()
    before, most, found = into(data), most_lost(data.edge_index, 0.4, N), 0
    for _ in range(100):
        drawn = method.draw(data)
        c, z = method.pot.compactness(method, drawn)[0], drawn.embeddings[0]
        true = (contrast_directions(drawn.embeddings[1]) * z).sum(1)
        fine = with_neighbours(data.edge_index, before - into(drawn.views[0]) <= most)
        found += int(fine.sum())
        assert (c <= true + 1e-10)[fine].all()
    assert found > 300


def into(graph):
    return torch.bincount(graph.edge_index[1], minlength=N)


def with_neighbours(edge_index, fine):
    """Nodes that are fine, as are all that their embedding can see: two hops, and degrees there."""
    source, target = edge_index
    for _ in range(3):
        fine = fine.clone().index_put_((target[~fine[source]],), torch.tensor(False))
    return fine


def test_at_weight_zero_the_loss_is_returned_as_it_is():
    loss = torch.tensor(3.0)
    assert POT(kappa=0)(loss, None, None) is loss


class Same(FeatureAugmenter):
    """Features as they are; a transform of the user's, so they stay dense."""

    def __init__(self):
        super().__init__(node_types=None, generator=None)

    def change(self, x, batch):
        return x


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_sparse_features_give_the_same(mode):
    data = graph(200)
    data.x = torch.where(torch.rand(200, 400) < 0.02, torch.rand(200, 400), 0.0)
    losses = []
    for layout, more in ((torch.sparse_csr, []), (torch.strided, [Same()])):
        torch.manual_seed(2)
        views = [Compose([EdgeDrop(0.3), FeatureMask(0.2), *more]) for _ in range(2)]
        method = GRACE(400, out_channels=64, augmenters=views, pot=POT(0.9, mode))
        drawn = method.draw(data)
        assert drawn.views[0].x.layout == layout
        losses.append(method.pot(torch.zeros(()), method, drawn))
    torch.testing.assert_close(*losses)


def test_a_batch_is_a_part_of_all_nodes():
    data = graph()
    method = grace(POT())
    drawn = method.draw(data)
    whole = method.pot.compactness(method, drawn)[0].tolist()
    seen = [POT(batch_size=7).compactness(method, drawn)[0].tolist() for _ in range(3)]
    assert seen[0] != seen[1] != seen[2]
    for part in seen:
        assert len(part) == 7
        assert all(any(abs(c - d) < 1e-5 for d in whole) for c in part)
    everything = POT(batch_size=N).compactness(method, drawn)[0].tolist()
    assert everything == whole


def test_a_fast_batch_has_edges_and_negatives_of_its_own():
    data = graph()
    method = grace(POT(mode="fast", batch_size=10))
    drawn = method.draw(data)
    torch.manual_seed(5)
    c = method.pot.compactness(method, drawn)[0]
    torch.manual_seed(5)
    block = torch.randperm(N)[:10].sort().values
    dropping = Droppings()(drawn.graph, drawn.views, drawn.augmenters)[0]
    s = method.encoder.layers[0].lin(data.x)
    w = contrast_directions(drawn.embeddings[1][block])
    expected = fast_compactness(s, w, read_network(method.encoder), dropping, block)
    torch.testing.assert_close(c, expected)


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_only_seeds_of_a_sampled_batch_are_scored(mode):
    data = graph()
    data.batch_size = 9
    method = grace(POT(0.5, mode))
    assert [len(c) for c in method.pot.compactness(method, method.draw(data))] == [9, 9]
    method.step(data).backward()


def test_no_gradient_reaches_the_slope_through_the_bounds():
    method = grace(POT(1.0))
    drawn = method.draw(graph())
    drawn = drawn._replace(embeddings=tuple(h.detach() for h in drawn.embeddings))
    method.pot(torch.zeros(()), method, drawn).backward()
    slope = method.encoder.activations[0].weight
    assert slope.grad is None
    assert all(p.grad.any() for p in method.encoder.parameters() if p is not slope)


class Largest(TorchDispatchMode):
    """Notes the bytes of the largest tensor that any operation returns."""

    bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else [out]:
            if isinstance(tensor, torch.Tensor):
                self.bytes = max(self.bytes, tensor.nbytes)
        return out


@pytest.mark.parametrize(("mode", "batch_size"), [("exact", None), ("fast", None), ("exact", 50)])
def test_no_tensor_grows_with_pairs_of_nodes(mode, batch_size):
    n = 1500
    data = graph(n, p=4 / n)
    method = grace(POT(1.0, mode, batch_size))
    drawn = method.draw(data)
    with Largest() as largest:
        method.pot(torch.zeros(()), method, drawn).backward()
    linear = 8 * (12 * n + 2 * data.num_edges)  # 12 features and hidden units a node
    assert n * 12 <= largest.bytes / 4 <= linear / 4 < n * n / 20


def test_precision_is_kept_under_autocast():
    method, data = grace(POT(1.0)), graph()
    drawn = method.draw(data)
    expected = method.pot(torch.zeros(()), method, drawn)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(method.pot(torch.zeros(()), method, drawn), expected)


def test_it_adds_no_state_and_copies():
    method = grace(POT(0.2, "fast", 5))
    method.step(graph())
    assert set(method.state_dict()) == set(grace(None).state_dict())
    assert repr(copy.deepcopy(method.pot)) == "POT(kappa=0.2, mode='fast', batch_size=5)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kappa": 1.5}, r"kappa must be a probability in \[0, 1\], got 1.5"),
        ({"mode": "exakt"}, r"mode must be one of exact, fast; got 'exakt' \(did you mean exact"),
        ({"batch_size": 1}, "batch_size must be at least 2, got 1"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        POT(**options)


def test_what_has_no_bound_is_an_error():
    data = graph()
    views = {"edge_drop": None, "feature_mask": None}
    with pytest.raises(TypeError, match="augmenters must .* got NodeDrop"):
        grace(POT(), **views, augmenters=(EdgeDrop(0.1), NodeDrop(0.2))).step(data)
    with pytest.raises(ValueError, match="got one with num_layers=3"):
        grace(POT(), num_layers=3).step(data)
    with pytest.raises(TypeError, match=r"two-layer gcl.encoders.GCN, got SAGE"):
        grace(POT(), encoder="sage").step(data)
    data.batch_size = 1
    with pytest.raises(ValueError, match="two nodes or more to compare, got 1"):
        grace(POT()).step(data)
    weighted = graph()
    weighted.edge_weight = torch.ones(weighted.num_edges)
    with pytest.raises(ValueError, match="no edge_weight"):
        grace(POT()).step(weighted)


@pytest.mark.parametrize("mode", ["exact", "fast"])
@pytest.mark.parametrize("cls", [GCA, CSGCL])
def test_adaptive_views_are_bounded_by_the_probability_of_every_edge(cls, mode):
    data = graph()
    method = cls(F, out_channels=6, activation="prelu", pot=POT(0.5, mode))
    probability = drop_probability(method.augmenters[0], data)
    assert probability.shape == (data.num_edges,)
    assert probability.unique().numel() > 1
    (dropping, _) = Droppings()(data, method.draw(data).views, method.augmenters)
    a = dropping.bounds.upper @ torch.eye(N)
    expected = 1 / (into(data) + 1 - most_lost(data.edge_index, probability, N))
    torch.testing.assert_close(a.diagonal(), expected.float())
    method.step(data).backward()
    assert method.encoder.layers[0].bias.grad.isfinite().all()
