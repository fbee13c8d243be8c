import math

import pytest
import torch

from gcl.losses import ClusterNS, cluster_ns, info_nce
from gcl.losses.centroids import mean_cosine, moved_centroids, spread_rows

AXES = torch.eye(3, dtype=torch.float64)


@pytest.fixture
def views():
    return torch.randn(2, 12, 3, dtype=torch.float64)


def test_second_nearest_centroids_are_negatives_of_all():
    z = torch.tensor([[1.0, 0.1], [0.1, 1.0]], dtype=torch.float64)
    centroids = torch.eye(2, dtype=torch.float64)
    rows = cluster_ns(z, z, centroids, temperature=1.0, margin_weight=0.0, reduction="none")
    near, far = (x / math.hypot(1, 0.1) for x in (1.0, 0.1))
    others = math.exp(1) + math.exp(2 * near * far) + math.exp(near) + math.exp(far)
    assert torch.allclose(rows, torch.full((2,), math.log(others) - 1, dtype=torch.float64))


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.3), (0.2, 0.5)])
def test_margins_hold_false_negatives_from_both_sides(alpha, beta):
    angle = torch.tensor([0.0, 0.05, 1.2])  # rows 0 and 1 nearly equal, row 2 far, one cluster
    u = torch.stack([angle.cos(), angle.sin(), torch.zeros(3)], dim=1).double()
    one = torch.stack([AXES[0], -AXES[0]])
    options = {"temperature": 1.0, "alpha": alpha, "beta": beta}
    weighted, plain = (cluster_ns(u, u, one, margin_weight=w, **options) for w in (1.0, 0.0))
    assert (u @ AXES[0] > 0).all()
    delta = [math.cos(angle[i] - angle[j]) - 1 for i in range(3) for j in range(3) if i != j]
    margins = [max(d + alpha, 0) + max(-d - beta, 0) for d in delta]
    assert math.isclose(weighted - plain, sum(margins) / 6, rel_tol=1e-6)


def test_pairs_of_two_clusters_have_no_margin():
    weighted, plain = (
        cluster_ns(AXES, AXES, AXES, margin_weight=w, alpha=1.9, beta=2.0) for w in (1.0, 0.0)
    )
    assert weighted == plain


def test_before_the_start_it_is_info_nce_one_way(views):
    loss = ClusterNS(3, 4, threshold=-1.0)
    expected = info_nce(*views, temperature=0.05, symmetric=False)
    assert torch.isclose(loss(*views), expected)
    assert not loss.centroids.ready
    assert not loss.centroids.centre.any()


def test_starts_when_rows_have_spread_out():
    u = torch.randn(12, 3)
    together = 0.1 * u + torch.ones(3)
    loss = ClusterNS(3, 4, threshold=0.4)
    loss(together, together)
    assert not loss.centroids.ready
    loss(u, u)
    assert loss.centroids.ready
    unit = torch.nn.functional.normalize(u, dim=1)
    assert ((loss.centroids.centre @ unit.t()).amax(1) > 1 - 1e-6).all()  # each is a row
    assert len(loss.centroids.centre.unique(dim=0)) == 4


def test_centroids_move_in_training_only(views):
    loss = ClusterNS(3, 2, rate=0.5).double()
    loss.centroids.centre, loss.centroids.ready = AXES[:2].clone(), torch.tensor(True)
    loss.eval()(*views)
    assert torch.equal(loss.centroids.centre, AXES[:2])
    z = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]).double() + 0.001 * AXES[0]
    z1 = z.clone().requires_grad_()
    loss.train()(z1, z).backward()  # the move does not disturb the gradient
    assert z1.grad is not None
    expected = torch.nn.functional.normalize(torch.tensor([1.0, 0.0, 1.0]).double(), dim=0)
    assert torch.allclose(loss.centroids.centre[0], expected, atol=1e-3)
    assert torch.equal(loss.centroids.centre[1], AXES[1])  # without rows it stays


def test_state_is_saved(views):
    loss = ClusterNS(3, 4, threshold=1.0).double()
    loss(*views)
    other = ClusterNS(3, 4).double()
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other.eval()(*views), loss.eval()(*views))


def test_centroids_have_no_gradient(views):
    centroids = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    u = views[0].requires_grad_()
    cluster_ns(u, views[1], centroids).backward()
    assert centroids.grad is None
    assert u.grad.any()


def test_mean_cosine_and_spread_rows():
    u = torch.nn.functional.normalize(torch.randn(7, 3), dim=1)
    pairs = (u @ u.t()).masked_fill(torch.eye(7, dtype=torch.bool), 0.0)
    assert math.isclose(mean_cosine(u), pairs.sum() / 42, abs_tol=1e-6)
    corners = torch.eye(3).repeat_interleave(4, 0)
    assert len(spread_rows(corners, 3).unique(dim=0)) == 3
    assert len(spread_rows(u, 7).unique(dim=0)) == 7
    assert torch.equal(*(spread_rows(u, 3, torch.Generator().manual_seed(1)) for _ in range(2)))


def test_rate_one_jumps_to_the_mean_direction():
    u, cluster = torch.eye(3)[[0, 1, 2]], torch.tensor([0, 0, 1])
    moved = moved_centroids(torch.eye(3), u, cluster, rate=1.0)
    root = 2**-0.5
    expected = torch.tensor([[root, root, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    assert torch.allclose(moved, expected)


def test_bad_arguments_are_named(views):
    for options, message in (
        ({"num_clusters": 1}, "num_clusters must be at least 2, got 1"),
        ({"in_channels": 0}, "in_channels must be at least 1, got 0"),
        ({"alpha": 0.5}, "0 <= alpha <= beta <= 2, got 0.5, 0.3"),
        ({"margin_weight": -1.0}, "margin_weight must be .* got -1"),
        ({"threshold": 1.5}, r"threshold must be a cosine in \[-1, 1\], got 1.5"),
        ({"rate": 2.0}, "rate must be .* got 2"),
        ({"temperature": 0.0}, "temperature must be .* got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            ClusterNS(**{"in_channels": 3, **options})
    with pytest.raises(ValueError, match=r"z1 must have width 5, in_channels; got .*\[12, 3\]"):
        ClusterNS(5)(*views)
    with pytest.raises(ValueError, match=r"z1 must have 128 rows or more to start with"):
        ClusterNS(3)(*views)
    with pytest.raises(ValueError, match=r"centroids must have shape \[2 or more, 3\].*\[4, 2\]"):
        cluster_ns(*views, torch.ones(4, 2))
