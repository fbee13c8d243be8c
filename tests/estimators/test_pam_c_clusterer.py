import random

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.estimators import PamCClusterer
from gcl.evaluation import clustering_accuracy

SMALL = {"hidden_channels": (16,), "out_channels": 4, "pretrain_epochs": 10, "epochs": 10}


def blobs(n=60, seed=0, dtype=torch.float32):
    """Three groups of nodes far apart, joined within: a graph of three components."""
    torch.manual_seed(seed)
    y = torch.arange(n) % 3
    x = torch.randn(n, 6) + 20 * torch.nn.functional.one_hot(y, 6)
    nodes = torch.arange(n - 3)
    return Data(x=x.to(dtype), edge_index=torch.stack([nodes, nodes + 3]), y=y)


@pytest.fixture(scope="module")
def model():
    return PamCClusterer(n_clusters=3, **SMALL).fit(blobs())


def test_finds_groups_and_assigns_new_nodes_with_and_without_edges(model):
    data, new = blobs(), blobs(30, seed=1)
    assert clustering_accuracy(torch.from_numpy(model.labels_), data.y) == 1.0
    assert clustering_accuracy(torch.from_numpy(model.predict(new)), new.y) == 1.0
    assert np.array_equal(model.predict(new.x), model.predict(new))
    assert np.array_equal(model.predict(new.x.numpy()), model.predict(new))
    assert np.array_equal(model.predict(data), model.labels_)


def test_attributes_and_outputs_have_their_shapes(model):
    data = blobs()
    assert model.labels_.shape == (60,)
    assert model.cluster_centers_.shape == (3, 4)
    assert model.n_features_in_ == 6
    assert len(model.losses_) == 10
    z, q = model.transform(data), model.predict_proba(data)
    assert z.shape == (60, 4)
    np.testing.assert_allclose(q.sum(1), 1, rtol=1e-5)
    assert np.array_equal(q.argmax(1), model.labels_)
    distance = ((z[:, None] - model.cluster_centers_) ** 2).sum(2)
    assert np.array_equal(distance.argmin(1), model.labels_)


def test_parameters_are_those_of_the_constructor():
    model = PamCClusterer(n_clusters=3, **SMALL)
    assert model.get_params()["n_clusters"] == 3
    assert model.set_params(n_clusters=5, alpha=0.1) is model
    assert (model.n_clusters, model.alpha) == (5, 0.1)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'clusters'"):
        model.set_params(clusters=4)


def test_fit_predict_and_fit_transform_agree_with_fit(model):
    data = blobs()
    assert np.array_equal(PamCClusterer(3, **SMALL).fit_predict(data), model.labels_)
    z = PamCClusterer(3, **SMALL).fit_transform(data)
    np.testing.assert_array_equal(z, model.transform(data))


def test_labels_are_never_looked_at(model):
    data = blobs()
    data.y = torch.zeros_like(data.y)
    assert np.array_equal(PamCClusterer(3, **SMALL).fit(data).labels_, model.labels_)
    del data.y
    assert np.array_equal(PamCClusterer(3, **SMALL).fit(data).labels_, model.labels_)


def test_the_seed_decides_and_global_generators_stay_as_they_were():
    data, options = blobs(), SMALL | {"pretrain_epochs": 1, "epochs": 2}
    states = [torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()]
    first, again, other = (
        PamCClusterer(3, **options, random_state=seed).fit(data).cluster_centers_
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert torch.equal(states[0], torch.get_rng_state())
    assert np.array_equal(states[1], np.random.get_state()[1])
    assert states[2] == random.getstate()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_precision_of_features_is_taken(dtype):
    data = blobs(dtype=dtype)
    model = PamCClusterer(3, **SMALL).fit(data)
    assert clustering_accuracy(torch.from_numpy(model.predict(data)), data.y) == 1.0
    assert data.x.dtype == dtype


def test_a_graph_without_edges_is_clustered_by_its_features():
    data = blobs()
    data.edge_index = torch.empty(2, 0, dtype=torch.long)
    labels = PamCClusterer(3, **SMALL).fit(data).labels_
    assert clustering_accuracy(torch.from_numpy(labels), data.y) == 1.0


def test_as_many_clusters_as_nodes_are_allowed():
    labels = PamCClusterer(6, **SMALL).fit(blobs(6)).labels_
    assert labels.shape == (6,)


def test_use_before_fit_is_an_error():
    model, data = PamCClusterer(3), blobs()
    for call in (model.predict, model.transform, model.predict_proba):
        with pytest.raises(NotFittedError, match="PamCClusterer instance is not fitted yet"):
            call(data)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_clusters": 1}, ValueError, "n_clusters must be at least 2, got 1"),
        ({"n_clusters": 61}, ValueError, "n_clusters must be at most the 60 nodes, got 61"),
        ({"n_clusters": "3"}, TypeError, "n_clusters must be an integer, got '3'"),
        ({"alpha": -1}, ValueError, "alpha must be .* 0 or above, got -1"),
        ({"lr": 0.0}, ValueError, "^lr must be .* above 0, got 0"),
        ({"n_init": 0}, ValueError, "n_init must be at least 1, got 0"),
        ({"hidden_channels": 16}, TypeError, "hidden_channels must list widths.*got 16"),
        ({"random_state": "a"}, TypeError, "random_state must be an integer, got 'a'"),
        ({"random_state": 2**32}, ValueError, r"random_state must be below 2\*\*32"),
        ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
        ({"assignment": "fuzzy"}, ValueError, "assignment must be one of hard, soft"),
    ],
)
def test_bad_parameters_are_named_by_fit(parameters, error, message):
    with pytest.raises(error, match=message):
        PamCClusterer(**(SMALL | {"n_clusters": 3} | parameters)).fit(blobs())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": None}, ValueError, "data must have 'x'"),
        ({"x": torch.full((60, 6), torch.nan)}, ValueError, "x must be finite, got nan at row 0"),
        ({"x": torch.ones(60, 6).long()}, TypeError, "x must have a floating-point dtype"),
        (
            {"x": torch.full((60, 6), 1e200, dtype=torch.float64)},
            ValueError,
            "must fit into float32.*1e.200",
        ),
        ({"x": torch.ones(60, 6).to_sparse()}, TypeError, "x must be dense, .*torch.sparse_coo"),
        ({"edge_index": torch.tensor([[0], [60]])}, ValueError, r"lie in \[0, 60\).*got 60"),
    ],
)
def test_bad_graphs_are_named(change, error, message):
    data = blobs()
    for name, value in change.items():
        data[name] = value
    with pytest.raises(error, match=message):
        PamCClusterer(3, **SMALL).fit(data)


def test_bad_new_nodes_are_named(model):
    with pytest.raises(TypeError, match="data must be a PyG Data, or the features.*got None"):
        model.predict(None)
    with pytest.raises(ValueError, match="the 6 features of the graph that was fitted, got 5"):
        model.predict(torch.ones(2, 5))
    with pytest.raises(ValueError, match="data must be finite, got nan at row 1"):
        model.transform(np.array([[0.0] * 6, [np.nan] * 6]))
    with pytest.raises(TypeError, match="data must be a PyG Data"):
        PamCClusterer(3).fit(blobs().x)


def test_the_karate_club_falls_apart_along_its_edges():
    data = load("karate")[0]
    model = PamCClusterer(2, hidden_channels=(32,), epochs=60, alpha=5.0, beta=0.5, lr=0.01)
    labels = torch.from_numpy(model.fit(data).labels_)
    source, target = data.edge_index
    within = (labels[source] == labels[target]).float().mean()
    share = labels.bincount(minlength=2) / len(labels)
    assert within > share.square().sum() + 0.1


def test_random_states_of_scikit_learn_are_taken():
    def centers(state):
        return PamCClusterer(3, **SMALL, random_state=state).fit(blobs()).cluster_centers_

    assert (centers(np.int64(4)) == centers(4)).all()
    state = np.random.RandomState(0)
    first, second = centers(state), centers(state)  # a state moves on
    assert (first == centers(np.random.RandomState(0))).all()
    assert (first != second).any()
    np.random.seed(1)
    drawn, later = centers(None), centers(None)
    np.random.seed(1)
    assert (drawn == centers(None)).all()
    assert (drawn != later).any()
