import pytest
import torch

from gcl.evaluation import clustering

Y = torch.arange(90) % 3


def blobs(spread=10.0):
    return torch.randn(90, 4) + spread * torch.eye(3, 4)[Y]


def test_separate_blobs_are_found():
    result = clustering(blobs(), Y, num_runs=3)
    for metric in ("acc", "nmi", "ari", "macro_f1"):
        assert result.raw[metric] == (1.0, 1.0, 1.0)
    assert next(iter(result)) == "acc"
    assert "3 k-means runs, seeds 0-2" in result.protocol


def test_shuffled_labels_give_chance():
    result = clustering(blobs(), Y[torch.randperm(90)], num_runs=3)
    assert result["acc"].mean < 0.5
    assert result["ari"].mean < 0.06


def test_constant_embeddings_give_the_majority_rate(recwarn):
    y = torch.tensor([0] * 50 + [1] * 30 + [2] * 10)
    result = clustering(torch.full((90, 4), 0.7), y, num_runs=2)
    assert result.raw["acc"] == (5 / 9, 5 / 9)
    assert result.raw["nmi"] == (0.0, 0.0)
    assert not recwarn


def test_labels_do_not_steer_the_clusters():
    h = torch.randn(90, 4)
    unknown = Y.clone()
    unknown[45:] = -1
    other = unknown.clone()
    other[:45] = (unknown[:45] + 1) % 3  # classes renamed: nothing may change
    a, b = clustering(h, unknown, num_runs=2), clustering(h, other, num_runs=2)
    assert a.raw["acc"] == b.raw["acc"]


def test_unlabelled_nodes_are_clustered_but_not_scored():
    y = Y.clone()
    y[:30] = -1
    h = blobs()
    h[:30] = torch.randn(30, 4) - 50  # a cluster of their own
    result = clustering(h, y, num_clusters=4, num_runs=2)
    assert result.mean == 1.0
    assert clustering(h, y, num_runs=2).mean < 0.8


def test_seed_and_number_of_clusters():
    h = torch.randn(90, 4)
    a = clustering(h, Y, num_runs=3, seed=2, n_init=1)
    b = clustering(h, Y, num_runs=1, seed=4, n_init=1)
    assert a.raw["nmi"][2] == b.raw["nmi"][0]
    assert "5 clusters" in clustering(h, Y, num_clusters=5, num_runs=1).protocol
    assert clustering(blobs(), Y, num_clusters=1, num_runs=1).mean == pytest.approx(1 / 3)


def test_l2_ignores_row_length():
    length = torch.rand(90, 1) * 100 + 1
    h = blobs(30.0) * length
    assert clustering(h, Y, normalize="l2", num_runs=1).mean == 1.0
    assert clustering(h, Y, num_runs=1).mean < 0.95


def test_gradients_and_half_precision_are_accepted():
    assert clustering(blobs().requires_grad_(), Y, num_runs=1).mean == 1.0
    assert clustering(blobs().half(), Y, num_runs=1).mean == 1.0


@pytest.mark.parametrize(
    ("h", "y", "options", "error", "message"),
    [
        (torch.full((90, 2), torch.inf), Y, {}, ValueError, "h must be finite, got inf"),
        (torch.ones(89, 2), Y, {}, ValueError, r"y must have shape \[89\]"),
        (torch.ones(90, 2), Y.double(), {}, TypeError, "y must hold integer class labels"),
        (torch.ones(90, 2), 0 * Y, {}, ValueError, "at least two classes"),
        (torch.ones(90, 2), Y, {"num_clusters": 91}, ValueError, "at most the 90 nodes.* got 91"),
        (torch.ones(90, 2), Y, {"num_clusters": 0}, ValueError, "num_clusters must be at least 1"),
        (torch.ones(90, 2), Y, {"num_runs": 0}, ValueError, "num_runs must be at least 1, got 0"),
        (torch.ones(90, 2), Y, {"n_init": 0}, ValueError, "n_init must be at least 1, got 0"),
        (torch.ones(90, 2), Y, {"normalize": "standard"}, ValueError, "normalize must be one of"),
    ],
)
def test_bad_input(h, y, options, error, message):
    with pytest.raises(error, match=message):
        clustering(h, y, **options)
