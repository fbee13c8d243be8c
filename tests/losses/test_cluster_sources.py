"""Sources of clusters: what each finds, when it looks anew, what is saved, GRACE with each."""

import copy
import math

import pytest
import torch
from torch.nn.functional import normalize
from torch_geometric.data import Data

from gcl.checks import OptionError
from gcl.losses import PamC, pam_c_views
from gcl.losses.cluster_sources import (
    CommunityClusters,
    FunctionClusters,
    KMeansClusters,
    LabelClusters,
    PrototypeClusters,
)
from gcl.losses.clusters import Shown
from gcl.methods import GRACE
from gcl.training import fit

ALL = slice(None)
TRIANGLES = torch.tensor([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]])


@pytest.fixture
def graph():
    mask = torch.tensor([True, True, False, True, False, False])
    y = torch.tensor([0, 2, 1, 1, 2, 0])
    return Data(x=torch.rand(6, 8), edge_index=TRIANGLES, y=y, train_mask=mask)


def blobs(per_cluster=20, noise=0.05):
    """Rows around three axes, and their axis."""
    axis = torch.arange(3).repeat_interleave(per_cluster)
    return normalize(torch.eye(4)[axis] + noise * torch.randn(len(axis), 4)), axis


def agrees(cluster, truth):
    """Whether two partitions are the same but for names."""
    return all((cluster[truth == k] == cluster[truth == k][0]).all() for k in truth.unique()) and (
        len(cluster.unique()) == len(truth.unique())
    )


def test_labels_of_training_nodes_alone_are_seen(graph):
    found = LabelClusters().assign(torch.rand(6, 2), Shown(graph, ALL))
    assert found.tolist() == [0, 2, -1, 1, -1, -1]
    graph.y[~graph.train_mask] = 7  # cannot be told
    assert torch.equal(LabelClusters().assign(torch.rand(6, 2), Shown(graph, ALL)), found)
    some = Shown(graph, torch.tensor([3, 1]))
    assert LabelClusters().assign(torch.rand(2, 2), some).tolist() == [1, 2]


@pytest.mark.parametrize("mask", [None, torch.ones(6), torch.ones(6, 2, dtype=torch.bool)])
def test_labels_without_one_mask_are_refused(graph, mask):
    graph.train_mask = mask
    with pytest.raises(OptionError, match=r"needs a train_mask \[6\].*labels of other nodes"):
        LabelClusters().assign(torch.rand(6, 2), Shown(graph, ALL))


def test_communities_of_the_graph_largest_first(graph):
    edges = torch.cat([TRIANGLES, torch.tensor([[5, 3], [6, 6]])], 1)
    graph = Data(x=torch.rand(8, 2), edge_index=edges)  # node 7 is a community of its own
    found = CommunityClusters().assign(torch.rand(8, 2), Shown(graph, ALL))
    assert found.tolist() == [1, 1, 1, 0, 0, 0, 0, 2]
    two = CommunityClusters(2).assign(torch.rand(8, 2), Shown(graph, ALL))
    assert two.tolist() == [1, 1, 1, 0, 0, 0, 0, -1]


@pytest.mark.parametrize("name", ["labels", "communities"])
def test_sources_that_need_the_graph_say_so(name):
    z = torch.randn(6, 4)
    with pytest.raises(OptionError, match=rf"clusters='{name}' reads the graph: call observe"):
        PamC(clusters=name)(z, z)


def test_the_graph_is_forgotten_after_the_call(graph):
    loss, z = PamC(clusters="communities"), torch.randn(6, 4)
    loss.observe(graph, ALL)
    loss(z, z)
    with pytest.raises(OptionError, match="got none"):
        loss(z, z)


def test_kmeans_finds_blobs_by_direction():
    u, truth = blobs()
    source = KMeansClusters(3, refresh=1)
    for _ in range(20):  # a bad start is mended by none of the looks
        source = KMeansClusters(3, refresh=1)
        if agrees(source.assign(u, None), truth):
            break
    assert agrees(source.assign(u, None), truth)
    centre = normalize(torch.stack([u[truth == k].mean(0) for k in range(3)]))
    assert (centre @ source.found.t()).amax(1).min() > 1 - 1e-5


def test_kmeans_clusters_both_views_together_in_the_loss():
    u, _ = blobs(noise=0.0)
    loss = PamC(clusters="kmeans", num_clusters=3)
    value = loss(2 * u, u)
    cluster = (u @ loss.clusters.found.t()).argmax(1)
    torch.testing.assert_close(value, pam_c_views(u, u, cluster))


def test_looks_come_every_refresh_steps_and_in_training_only():
    seen = []

    def function(u, batch):
        seen.append(len(seen))
        return torch.tensor([0, 1, 0, 1, 0, len(seen) % 2])

    source = FunctionClusters(function, refresh=3)
    u = torch.rand(6, 2)
    found = [source.assign(u, None)[-1].item() for _ in range(7)]
    assert found == [1, 1, 1, 0, 0, 0, 1]
    source.eval()
    assert source.assign(u, None)[-1] == 1
    assert source.steps == 7
    assert len(seen) == 3


def test_evaluation_before_training_looks_and_keeps_nothing():
    source = KMeansClusters(2, refresh=5).eval()
    source.assign(torch.rand(6, 2), None)
    assert source.found is None
    assert source.steps == 0


def test_a_function_gets_directions_and_graph_and_is_asked_for_each_sample(graph):
    calls = []

    def function(u, batch):
        calls.append((u, batch))
        return torch.arange(len(u)) % 2

    loss, z = PamC(clusters=function, refresh=10), torch.randn(6, 4, requires_grad=True)
    loss(z, z)
    u, batch = calls[0]
    assert not u.requires_grad
    torch.testing.assert_close(u, normalize(z.detach()))
    assert batch is None
    graph.batch_size = 4
    for rows in (4, 3):
        loss.observe(graph, slice(rows))
        loss(z[:rows], z[:rows])
    assert [c[1] is graph for c in calls] == [False, True, True]


def test_a_later_look_moves_the_last_centres():
    u, truth = blobs()
    source = KMeansClusters(3, refresh=1)
    source.found = normalize(torch.eye(4)[:3] + 0.3 * torch.eye(4)[3])
    found = source.assign(u, None)
    assert torch.equal(found, truth)  # the names stay
    assert source.found[:, 3].abs().max() < 0.1


def test_prototypes_learn_blobs_and_leave_the_value_alone():
    u, truth = blobs()
    loss = PamC(clusters="prototypes", in_channels=4, num_clusters=3)
    loss.clusters.prototypes.data = normalize(torch.eye(4)[:3] + 0.6 * torch.rand(3, 4))
    q = loss.clusters.assign(u, None)
    torch.testing.assert_close(q.sum(1), torch.ones(60))
    torch.testing.assert_close(loss(u, u), pam_c_views(u, u, q))
    optimizer = torch.optim.Adam(loss.parameters(), lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        loss(u, u).backward()
        optimizer.step()
    assert agrees(loss.clusters.assign(u, None).argmax(1), truth)
    assert (normalize(loss.clusters.prototypes) @ torch.eye(4)[:3].t()).amax(0).min() > 0.99


def test_shares_are_balanced():
    u = normalize(torch.randn(40, 4) + 3 * torch.eye(4)[0])  # all near one direction
    source = PrototypeClusters(4, 5, temperature=0.2)
    q = source.assign(u, None)
    assert q.sum(0).min() > 0.8 * 40 / 5
    assert q.sum(0).max() < 1.2 * 40 / 5


def test_the_likelihood_trains_prototypes_alone():
    source = PrototypeClusters(4, 3)
    z = torch.randn(6, 4, requires_grad=True)
    _, fit_rows = source([z])
    assert not fit_rows.any()
    fit_rows.sum().backward()
    assert z.grad is None
    assert source.prototypes.grad.any()


def test_soft_prototypes_send_gradients_to_the_rows_through_the_shares():
    loss = PamC(clusters="prototypes", in_channels=4, num_clusters=3, assignment="soft")
    z = torch.randn(6, 4, requires_grad=True)
    loss(z, z).backward()
    given = torch.autograd.grad(
        pam_c_views(z, z, loss.clusters.assign(z, None).detach(), assignment="soft"), z
    )[0]
    assert not torch.allclose(z.grad, given)


def test_prototypes_of_another_width_are_named():
    loss = PamC(clusters="prototypes", in_channels=3, num_clusters=2)
    with pytest.raises(ValueError, match=r"z must have width 3, in_channels; got .*\[6, 4\]"):
        loss(torch.randn(6, 4), torch.randn(6, 4))


def test_kmeans_of_fewer_rows_than_clusters_is_named():
    with pytest.raises(ValueError, match="num_clusters must be at most the 6 points, got 7"):
        PamC(clusters="kmeans", num_clusters=7)(torch.randn(6, 4), torch.randn(6, 4))


def test_sources_serve_the_graph_form_too(graph):
    z = torch.randn(6, 4)
    loss = PamC(clusters="kmeans", num_clusters=2)
    value = loss(z, TRIANGLES)
    cluster = (normalize(z) @ loss.clusters.found.t()).argmax(1)
    torch.testing.assert_close(value, PamC()(z, TRIANGLES, cluster))


def test_state_is_saved_and_copied():
    loss = PamC(clusters="kmeans", num_clusters=3, refresh=2)
    z1, z2 = torch.randn(2, 9, 4)
    loss(z1, z2)
    other = PamC(clusters="kmeans", num_clusters=3, refresh=2)
    other.load_state_dict(loss.state_dict())
    twin = copy.deepcopy(loss)
    for _ in range(4):  # the second call is no look, the third one is
        assert loss(z1, z2) == other(z1, z2) == twin(z1, z2)
    assert loss.clusters.steps == other.clusters.steps == 5
    fresh = PamC(clusters="kmeans", num_clusters=3)
    fresh.load_state_dict(PamC(clusters="kmeans", num_clusters=3).state_dict())
    assert fresh.clusters.found is None


def test_autocast_does_not_lower_the_precision():
    z = torch.randn(9, 4)
    loss = PamC(clusters="prototypes", in_channels=4, num_clusters=3, assignment="soft")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low = loss(z, z)
    torch.testing.assert_close(low, loss(z, z))


def community_graph():
    torch.manual_seed(0)
    y = torch.arange(3).repeat_interleave(12)
    same = y[:, None] == y
    edge_index = (torch.rand(36, 36) < torch.where(same, 0.4, 0.03)).triu(1).nonzero().t()
    edge_index = torch.cat([edge_index, edge_index.flip(0)], 1)
    mask = torch.arange(36) % 3 == 0
    return Data(x=torch.rand(36, 8), edge_index=edge_index, y=y, train_mask=mask)


SOURCES = {
    "kmeans": {"clusters": "kmeans", "num_clusters": 4, "refresh": 3},
    "prototypes": {"clusters": "prototypes", "num_clusters": 4, "in_channels": 8},
    "soft": {
        "clusters": "prototypes",
        "num_clusters": 4,
        "in_channels": 8,
        "assignment": "soft",
    },
    "communities": {"clusters": "communities"},
    "labels": {"clusters": "labels"},
    "function": {"clusters": lambda u, batch: batch.y, "refresh": 4},
}


def grace(options):
    torch.manual_seed(1)
    return GRACE(8, out_channels=8, loss=PamC(**options))


@pytest.mark.parametrize("options", SOURCES.values(), ids=SOURCES)
def test_grace_resumes_exactly(options, tmp_path):
    data = community_graph()
    whole = grace(options)
    fit(whole, data, epochs=8)
    first = grace(options)
    fit(first, data, epochs=5, out=tmp_path)
    second = grace(options)
    fit(second, data, epochs=8, out=tmp_path, resume=True)
    for (name, a), b in zip(whole.named_parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b), name
    assert all(math.isfinite(p.sum().item()) for p in whole.parameters())


def test_grace_without_corruption_is_the_loss_of_equal_views():
    data = community_graph()
    loss = PamC(clusters="labels", scale=2.0)
    method = GRACE(8, out_channels=8, edge_drop=(0, 0), feature_mask=(0, 0), loss=loss)
    z, _ = method.project(data)
    cluster = torch.where(data.train_mask, data.y, -1)
    assert torch.isclose(method.step(data), pam_c_views(z, z, cluster, scale=2.0))


def test_grace_refuses_options_of_the_loss_it_does_not_use():
    with pytest.raises(ValueError, match="temperature would be ignored beside loss, got 0.4"):
        GRACE(8, loss=PamC(), temperature=0.4)
    with pytest.raises(ValueError, match="precision would be ignored beside loss, got bf16"):
        GRACE(8, loss=PamC(), precision="bf16")


def test_a_later_batch_may_hold_fewer_rows_than_there_are_clusters():
    loss = PamC(clusters="kmeans", num_clusters=4)
    loss(torch.randn(9, 3), torch.randn(9, 3))
    z = torch.randn(2, 3)
    cluster = loss.clusters([z, z])[0]
    got = loss(z, z)
    torch.testing.assert_close(got, loss(z, z, cluster, part=True))
