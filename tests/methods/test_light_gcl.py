import pytest
import torch
from support import recommenders as slow

from gcl.functional.low_rank import LowRank
from gcl.methods import LightGCL


def low_rank(tables, pairs, view):
    """The tables and what the dense view P V^T makes of each layer but the last."""
    user, item = tables
    for u, v in pairs[:-1]:
        user, item = user + view @ v, item + view.t() @ u
    return user, item


@pytest.mark.parametrize(("num_layers", "size"), [(1, 1.0), (2, 1.0), (2, 3.0)])
def test_step_is_the_formula(num_layers, size):
    options = {"contrast_weight": 0.4, "regularization": 0.01, "temperature": 0.3}
    method = LightGCL(5, 7, 4, num_layers=num_layers, q=3, niter=30, **options)  # three components
    with torch.no_grad():
        method.user.mul_(size)  # at 3, positive logits pass the clamp
    tables = slow.tables(method)
    pairs = slow.layers(*tables, num_layers)
    u, s, v = torch.linalg.svd(slow.adjacency(), full_matrices=False)
    view = u[:, :3] @ torch.diag(s[:3]) @ v[:3]
    low, final = low_rank(tables, pairs, view), slow.total(pairs)
    users, items = slow.DRAWN[0].tolist(), slow.DRAWN[1:].flatten().tolist()
    contrast = sum(
        slow.average(slow.all_nodes(low[k], final[k], index, 0.3, cosine=False, clamp=5.0))
        for k, index in enumerate((users, items))
    )
    penalty = sum(float(t.square().sum()) for t in tables)
    expected = slow.average(slow.bpr(final)) + 0.4 * contrast + 0.01 * penalty
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)


def test_with_full_rank_and_one_layer_both_views_coincide():
    method = LightGCL(5, 7, 4, num_layers=1, q=5, niter=5)
    layers = method.layers(method.adjacency(slow.batch()))
    low = method.low_rank(layers, method.view(slow.batch()))
    final = method.represent(slow.batch())
    for ours, main in zip(low, final, strict=True):
        torch.testing.assert_close(ours, main, rtol=1e-4, atol=1e-5)


def test_the_view_is_kept_as_factors_that_multiply_like_the_dense_matrix():
    view = LightGCL(5, 7, 4, q=2).view(slow.batch())
    assert isinstance(view, LowRank)
    assert (view.u.shape, view.s.shape, view.v.shape) == ((5, 2), (2,), (7, 2))
    x, dense = torch.randn(7, 3), view.u * view.s @ view.v.t()
    torch.testing.assert_close(view @ x, dense @ x)
    torch.testing.assert_close(view.t() @ (dense @ x), dense.t() @ (dense @ x))


def test_the_rough_view_depends_on_its_seed_and_on_nothing_else():
    torch.manual_seed(0)
    big = slow.batch()
    big["user"].num_nodes, big["item"].num_nodes = 200, 300
    big[slow.RATES].edge_index = (torch.rand(200, 300) < 0.03).nonzero().t().contiguous()
    views = [LightGCL(200, 300, 4, svd_seed=seed).view(big) for seed in (0, 0, 1)]
    dense = [view.u * view.s @ view.v.t() for view in views]
    assert torch.equal(dense[0], dense[1])
    assert not torch.allclose(dense[0], dense[2], atol=1e-3)
    sharp = [LightGCL(200, 300, 4, svd_seed=s, niter=60, oversample=20).view(big) for s in (0, 1)]
    torch.testing.assert_close(sharp[0].s, sharp[1].s, rtol=1e-3, atol=0)
    assert (sharp[0].s[1:] > views[0].s[1:]).all()  # two rounds leave out much of a flat spectrum


def test_the_main_view_alone_is_embedded_and_never_with_dropout():
    method = LightGCL(5, 7, 4, dropout=0.5)
    final = slow.total(slow.layers(*slow.tables(method), 2))
    h = method.embed(slow.batch())
    torch.testing.assert_close(h["item"].double(), final[1], rtol=1e-5, atol=1e-6)
    assert len({method.step(slow.batch()).item() for _ in range(5)}) == 5


def test_without_contrast_the_view_is_not_computed(monkeypatch):
    method = LightGCL(5, 7, 4, contrast_weight=0.0, regularization=0.0)
    monkeypatch.setattr(method, "view", None)
    final = slow.total(slow.layers(*slow.tables(method), 2))
    expected = slow.average(slow.bpr(final))
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-5)


def test_bf16_is_close():
    losses = []
    for precision in ("highest", "bf16"):
        torch.manual_seed(0)
        losses.append(LightGCL(5, 7, 16, precision=precision).step(slow.batch()).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"q": 0}, "q must be at least 1"),
        ({"num_layers": 0}, "num_layers must be at least 1"),
        ({"niter": -1}, "niter must be at least 0"),
        ({"oversample": -1}, "oversample must be at least 0"),
        ({"svd_seed": -1}, "svd_seed must be at least 0"),
        ({"contrast_weight": -0.1}, "contrast_weight must be"),
        ({"temperature": 0.0}, "temperature must be"),
        ({"precision": "low"}, "precision must be one of"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        LightGCL(5, 7, 4, **options)
