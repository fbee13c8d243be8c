import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from gcl.functional import mix_rows


def test_rows_are_mixed_with_their_partners_in_their_proportion():
    x = torch.randn(20, 3)
    mixed, share, partner = mix_rows(x, 0.7)
    for i in range(20):
        expected = share[i] * x[i] + (1 - share[i]) * x[partner[i]]
        torch.testing.assert_close(mixed[i], expected)
    assert partner.sort().values.tolist() == list(range(20))
    assert share.unique().numel() == 20


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_proportions_follow_the_distribution(alpha):
    _, share, _ = mix_rows(torch.zeros(5000, 1, dtype=torch.double), alpha)
    assert kstest(share.numpy(), beta(alpha, alpha).cdf).pvalue > 0.001
    assert np.all((share.numpy() >= 0) & (share.numpy() <= 1))


def test_a_fixed_proportion():
    x = torch.randn(6, 2)
    assert torch.equal(mix_rows(x, lam=1.0)[0], x)
    mixed, share, partner = mix_rows(x, lam=0.0)
    assert torch.equal(mixed, x[partner])
    assert share.tolist() == [0.0] * 6


def test_partners_are_of_the_same_graph():
    batch = torch.tensor([0, 1, 0, 1, 1, 2])
    x = batch.float()[:, None].repeat(1, 2)
    torch.testing.assert_close(mix_rows(x, batch=batch)[0], x)


def test_a_generator_repeats():
    x = torch.randn(5, 4, 2)
    one, two = (mix_rows(x, generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert one[0].shape == x.shape


def test_bad_arguments_are_named():
    x = torch.ones(3, 2)
    with pytest.raises(ValueError, match="alpha must be a finite number above 0, got 0"):
        mix_rows(x, 0)
    with pytest.raises(ValueError, match="lam must be a probability .* got 1.5"):
        mix_rows(x, lam=1.5)
    with pytest.raises(ValueError, match="alpha must be None beside lam=0.5.*got 1"):
        mix_rows(x, 1.0, lam=0.5)
    with pytest.raises(TypeError, match="x must have a floating-point dtype to be mixed"):
        mix_rows(torch.ones(3, 2, dtype=torch.long))
    with pytest.raises(TypeError, match="x must be a dense tensor"):
        mix_rows(torch.eye(3).to_sparse())
