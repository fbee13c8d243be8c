import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gcl.functional import add_noise, drop_features, mask_features, shuffle_rows


def test_mask_is_whole_columns():
    x = torch.arange(1.0, 7).view(2, 3)
    out, mask = mask_features(x, torch.tensor([0.0, 1.0, 0.0]))
    assert mask.tolist() == [True, False, True]
    assert out.tolist() == [[1, 0, 3], [4, 0, 6]]


def test_rates_are_of_masking_and_nothing_is_rescaled():
    out, mask = mask_features(torch.ones(2, 40_000), 0.3)
    assert mask.float().mean().item() == pytest.approx(0.7, abs=0.012)
    assert torch.equal(out, mask.float().expand(2, -1))
    out, mask = drop_features(torch.ones(200, 200), 0.3)
    assert mask.float().mean().item() == pytest.approx(0.7, abs=0.012)
    assert torch.equal(out, mask.float())
    assert (mask.float().mean(0).std() < 0.1) & (mask.float().mean(1).std() < 0.1)  # i.i.d.


@pytest.mark.parametrize("dtype", [torch.long, torch.half, torch.float64, torch.bool])
def test_dtype_is_kept(dtype):
    x = torch.ones(3, 4).to(dtype)
    for function in (mask_features, drop_features):
        assert function(x)[0].dtype == dtype


def test_masked_nan_is_gone():
    x = torch.full((2, 2), torch.nan)
    assert mask_features(x, 1.0)[0].eq(0).all()
    assert drop_features(x, 1.0)[0].eq(0).all()


def test_no_view_of_the_input_is_returned():
    x = torch.ones(3, 2)
    for function, p in ((mask_features, 0.0), (drop_features, 0.0), (add_noise, 0.0)):
        function(x, p)[0].add_(1)
    shuffle_rows(x)[0].add_(1)
    assert torch.equal(x, torch.ones(3, 2))


def test_noise_has_the_asked_spread_and_is_returned():
    x = torch.full((200, 300), 5.0)
    out, noise = add_noise(x, 0.5)
    assert torch.equal(out, x + noise)
    assert noise.std().item() == pytest.approx(0.5, rel=0.02)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.01)
    assert add_noise(x.double())[0].dtype == torch.float64


def test_shuffle_is_a_uniform_permutation():
    x = torch.arange(3.0)
    counts = {}
    for _ in range(1200):
        out, perm = shuffle_rows(x)
        assert torch.equal(out, x[perm])
        counts[tuple(perm.tolist())] = counts.get(tuple(perm.tolist()), 0) + 1
    assert len(counts) == 6
    assert min(counts.values()) > 130  # mean 200, sigma 13


@given(st.lists(st.integers(0, 3), max_size=12))
def test_shuffle_stays_within_graphs(groups):
    batch = torch.tensor(groups, dtype=torch.long)
    _, perm = shuffle_rows(torch.zeros(len(groups), 1), batch=batch)
    assert torch.equal(batch[perm], batch)
    assert perm.sort()[0].tolist() == list(range(len(groups)))


def test_shuffle_reaches_every_order_of_an_unsorted_batch():
    batch = torch.tensor([1, 0, 1, 0])
    seen = {tuple(shuffle_rows(batch, batch=batch)[1].tolist()) for _ in range(100)}
    assert seen == {(0, 1, 2, 3), (2, 1, 0, 3), (0, 3, 2, 1), (2, 3, 0, 1)}


def test_gradcheck():
    x = torch.rand(3, 2, dtype=torch.double, requires_grad=True)
    for function in (mask_features, drop_features, add_noise, shuffle_rows):

        def fixed(x, function=function):
            return function(x, generator=torch.Generator().manual_seed(1))[0]

        assert torch.autograd.gradcheck(fixed, x)


def test_bad_input():
    with pytest.raises(ValueError, match=r"x must have 2 dimensions \[N, F\].*\[3\]"):
        mask_features(torch.ones(3))
    with pytest.raises(TypeError, match="x must be a dense tensor"):
        drop_features([1.0])
    with pytest.raises(ValueError, match="x must have one row per node"):
        shuffle_rows(torch.tensor(1.0))
    with pytest.raises(TypeError, match="floating-point dtype to take noise.*int64"):
        add_noise(torch.ones(2, 2, dtype=torch.long))
    with pytest.raises(TypeError, match="p must be a number, got 'x'"):
        drop_features(torch.ones(2, 2), "x")
    with pytest.raises(ValueError, match=r"batch must have shape \[2\]"):
        shuffle_rows(torch.ones(2, 2), batch=torch.zeros(3))
    with pytest.raises(TypeError, match="generator must be a torch.Generator"):
        mask_features(torch.ones(2, 2), generator=0)
