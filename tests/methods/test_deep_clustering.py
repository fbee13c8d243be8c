"""Start, pre-training and assignment of the clustering methods, shown on PamCGC."""

import copy
import math

import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.methods import SCGC, PamCGC
from gcl.methods.deep_clustering import edges_among_seeds
from gcl.training import fit, load_checkpoint

SMALL = {"hidden_channels": (16,), "out_channels": 4, "num_clusters": 3}


def blobs(n=30, seed=0):
    """Three groups of nodes far apart, a path through each."""
    torch.manual_seed(seed)
    y = torch.arange(3).repeat_interleave(n // 3)
    x = torch.randn(n, 6) + 8 * nn.functional.one_hot(y, 6)
    path = torch.arange(n - 1)
    edges = torch.stack([path, path + 1])[:, y[:-1] == y[1:]]
    return Data(x=x, edge_index=torch.cat([edges, edges.flip(0)], dim=1), y=y)


def purity(cluster, y):
    return all(len(cluster[y == k].unique()) == 1 for k in y.unique())


def test_fit_pretrains_then_places_centres_and_clusters_the_blobs():
    data = blobs()
    torch.manual_seed(0)
    method = PamCGC(6, **SMALL, pretrain_epochs=20)
    before = copy.deepcopy(method.encoder.state_dict())
    fit(method, data, epochs=0, progress=False)
    assert any(not torch.equal(v, before[k]) for k, v in method.encoder.state_dict().items())
    z = method.embed(data)
    found = method.assign(data)
    means = torch.stack([z[found.cluster == k].mean(0) for k in range(3)])
    torch.testing.assert_close(method.centers.detach(), means)
    assert purity(found.cluster, data.y)
    assert found.probability.sum(1).tolist() == pytest.approx([1.0] * 30)


def test_the_decoder_of_pre_training_is_dropped_or_kept():
    methods = PamCGC(6, **SMALL, pretrain_epochs=1), SCGC(6, **SMALL, pretrain_epochs=1)
    for method in methods:
        fit(method, blobs(), epochs=1, progress=False)
    kept = [any(k.startswith("decoder") for k in m.state_dict()) for m in methods]
    assert kept == [False, True]


def test_pre_training_lowers_the_error_of_reconstruction():
    data = blobs()
    method = SCGC(6, **SMALL, pretrain_epochs=50, pretrain_lr=0.01)
    error = [nn.functional.mse_loss(method.decode(method.embed(data)), data.x).item()]
    fit(method, data, epochs=0, progress=False)
    error.append(nn.functional.mse_loss(method.decode(method.embed(data)), data.x).item())
    assert error[1] < 0.7 * error[0]


def test_new_nodes_go_to_the_nearest_centre():
    method, new = PamCGC(6, **SMALL, pretrain_epochs=5), blobs(12, seed=1)
    fit(method, blobs(), epochs=2, progress=False)
    nearest = torch.cdist(method.embed(new), method.centers.detach()).argmin(1)
    assert torch.equal(method.assign(new).cluster, nearest)


def test_a_loop_of_ones_own_places_centres_at_the_first_step():
    data, method = blobs(), PamCGC(6, **SMALL)
    assert not method.started
    method.step(data)
    assert method.started
    assert method.pretraining() is None
    z = method.embed(data)
    assert torch.cdist(z, method.centers.detach()).min(1).values.mean() < z.std() * 2


def test_start_takes_a_graph_or_batches():
    data = blobs()
    parts = [data.subgraph(torch.arange(15)), data.subgraph(torch.arange(15, 30))]
    centers = []
    for given in (data, parts):
        torch.manual_seed(3)
        method = PamCGC(6, **SMALL)
        method.start(given)
        centers.append(method.centers.detach())
    torch.testing.assert_close(*centers)


def test_a_run_in_parts_equals_one_at_once(tmp_path):
    data, whole, part, resumed = blobs(), *(_fresh() for _ in range(3))
    expected = fit(whole, data, epochs=4, progress=False)
    fit(part, data, epochs=2, out=tmp_path, progress=False)
    resumed.centers.data.fill_(9)
    result = fit(resumed, data, epochs=4, out=tmp_path, resume=True, progress=False)
    assert result.losses == expected.losses
    assert torch.equal(resumed.centers, whole.centers)
    assert load_checkpoint(tmp_path / "checkpoint.pt").weights["started"]


def _fresh():
    torch.manual_seed(1)
    return PamCGC(6, **SMALL, pretrain_epochs=2)


def test_only_edges_between_seeds_are_kept():
    edge_index = torch.tensor([[0, 1, 2, 3], [1, 0, 1, 0]])
    weight = torch.arange(4.0)
    sampled = Data(edge_index=edge_index, edge_weight=weight, batch_size=2)
    edges, kept = edges_among_seeds(sampled)
    assert edges.tolist() == [[0, 1], [1, 0]]
    assert kept.tolist() == [0, 1]
    whole = edges_among_seeds(Data(edge_index=edge_index))
    assert torch.equal(whole[0], edge_index)
    assert whole[1] is None


def test_an_encoder_of_ones_own_has_its_own_width():
    method = PamCGC(encoder=nn.Linear(6, 5), out_channels=5, num_clusters=2, pretrain_epochs=0)
    assert method.centers.shape == (2, 5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_clusters": None}, ValueError, "num_clusters must be given"),
        ({"num_clusters": 1}, ValueError, "num_clusters must be at least 2, got 1"),
        ({"num_clusters": 2.0}, TypeError, "num_clusters must be an integer"),
        ({"alpha": -1.0}, ValueError, "alpha must be .* 0 or above, got -1"),
        ({"dof": 0.0}, ValueError, "dof must be .* above 0"),
        ({"pretrain_lr": 0.0}, ValueError, "pretrain_lr must be .* above 0"),
        ({"pretrain_batch": 0}, ValueError, "pretrain_batch must be at least 1"),
        ({"hidden_channels": (0,)}, ValueError, "hidden_channels must be at least 1, got 0"),
        ({"in_channels": None}, ValueError, "in_channels must be given"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        PamCGC(**({"in_channels": 6} | SMALL | options))


def test_bad_graphs_are_named():
    method = PamCGC(6, **SMALL | {"num_clusters": 40})
    with pytest.raises(ValueError, match="num_clusters must be at most the 30 nodes, got 40"):
        fit(method, blobs(), epochs=1, progress=False)
    with pytest.raises(ValueError, match="no centres yet"):
        PamCGC(6, **SMALL).assign(blobs())
    data = blobs()
    data.x[3, 2] = math.nan
    with pytest.raises(RuntimeError, match="x must be finite, got nan at row .*at epoch 1"):
        fit(PamCGC(6, **SMALL), data, epochs=1, progress=False)


def test_wide_features_are_refused_by_narrow_weights():
    data = blobs()
    data.x = data.x.double()
    with pytest.raises(TypeError, match="x must have dtype torch.float32"):
        fit(PamCGC(6, **SMALL), data, epochs=1, progress=False)
    method = PamCGC(6, **SMALL, pretrain_epochs=1).double()
    assert fit(method, data, epochs=1, progress=False).epochs == 1


def test_scaled_features_are_those_of_a_scaled_graph():
    data, double = blobs(), blobs()
    double.x = 2 * double.x
    found = []
    for graph, scale in ((data, 2.0), (double, 1.0)):
        torch.manual_seed(1)
        method = SCGC(6, **SMALL, feature_scale=scale, pretrain_epochs=3)
        losses = fit(method, graph, epochs=2, progress=False).losses
        found.append((method.embed(graph), losses))
    torch.testing.assert_close(found[0], found[1])
    with pytest.raises(ValueError, match="feature_scale must be .* above 0, got 0"):
        SCGC(6, **SMALL, feature_scale=0.0)


def test_features_that_are_mostly_zero_may_be_scaled_too():
    data = Data(x=torch.eye(600)[:, :400], edge_index=torch.tensor([[0, 1], [1, 0]]))
    method = PamCGC(400, (300,), 4, num_clusters=3, feature_scale=2.0, pretrain_epochs=0)
    loss = method.step(data)
    torch.testing.assert_close(method.latent(data), method.embed(data))
    assert torch.isfinite(loss)
