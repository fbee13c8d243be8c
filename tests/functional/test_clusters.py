import pytest
import torch

from gcl.functional import clusters as module
from gcl.functional.clusters import kmeans


def blobs(per_blob=20, blobs=3, width=4):
    centres = 50 * torch.eye(blobs, width)
    return centres.repeat_interleave(per_blob, 0) + torch.randn(blobs * per_blob, width)


def reference(x, start, rounds):
    """Lloyd's algorithm, point by point."""
    mean = x[start].double()

    def nearest(point):
        return min(range(len(mean)), key=lambda c: float((point - mean[c]).square().sum()))

    for _ in range(rounds):
        label = [nearest(point) for point in x.double()]
        for c in range(len(mean)):
            members = [point for point, own in zip(x.double(), label, strict=True) if own == c]
            if members:
                mean[c] = sum(members) / len(members)
    return [nearest(point) for point in x.double()]


@pytest.mark.parametrize("rounds", [0, 1, 2, 30])
def test_equals_lloyds_algorithm_run_by_run(rounds):
    x = torch.randn(40, 3)
    torch.manual_seed(1)
    starts = [torch.randperm(40)[:6] for _ in range(3)]
    torch.manual_seed(1)
    labels = kmeans(x, 6, num_runs=3, num_iterations=rounds)
    assert labels.tolist() == [reference(x, start, rounds) for start in starts]


def test_separate_groups_are_found():
    x = blobs()
    labels = kmeans(x, 3, num_runs=20)
    truth = torch.arange(3).repeat_interleave(20)
    same = truth[:, None] == truth
    found = [torch.equal(label[:, None] == label, same) for label in labels]
    assert any(found)  # a start with all three groups
    assert all(len(label.unique()) == 3 for label in labels)


def test_blocks_of_points_change_nothing(monkeypatch):
    x, source = torch.randn(40, 3), torch.Generator()
    whole = kmeans(x, 5, num_runs=2, generator=source.manual_seed(3))
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert torch.equal(kmeans(x, 5, num_runs=2, generator=source.manual_seed(3)), whole)


@pytest.mark.parametrize("autocast", [False, True])
def test_points_far_from_the_origin_have_the_clusters_of_those_near_it(autocast):
    x, source = blobs(), torch.Generator()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        near = kmeans(x, 3, num_runs=5, generator=source.manual_seed(0))
        far = kmeans(x + 1e3, 3, num_runs=5, generator=source.manual_seed(0))
    assert torch.equal(far, near)


def test_empty_clusters_keep_their_mean():
    x = torch.tensor([[0.0], [0.0], [0.0], [10.0], [11.0]])
    for label in kmeans(x, 3, num_runs=20):  # most runs start from a point twice or three times
        assert label[0] == label[1] == label[2]
        assert label[0] not in label[3:]


def test_a_cluster_for_every_point():
    assert kmeans(torch.arange(4.0)[:, None], 4)[0].sort().values.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_clusters": 5}, "num_clusters must be at most the 4 points, got 5"),
        ({"num_clusters": 0}, "num_clusters must be at least 1, got 0"),
        ({"num_runs": 0}, "num_runs must be at least 1, got 0"),
        ({"num_iterations": -1}, "num_iterations must be at least 0, got -1"),
        ({"x": torch.full((4, 2), torch.nan)}, "x must be finite, got nan"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        kmeans(**({"x": torch.rand(4, 2), "num_clusters": 2} | options))
