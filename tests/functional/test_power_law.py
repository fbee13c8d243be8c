import pytest
import torch

from gcl.functional.power_law import power_law


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_mean_cut_off_and_exponent():
    weight = power_law(200_000, 10.0, 5000.0, generator=seeded())
    assert weight.mean().item() == pytest.approx(10.0)
    assert weight.max() < 5000 * 1.1
    assert weight.max() > 1000
    # The share above w falls as w ** (1 - 2.5).
    above = [(weight > w).double().mean() for w in (20.0, 80.0)]
    assert (above[0] / above[1]).item() == pytest.approx(4**1.5, rel=0.1)


@pytest.mark.parametrize("variation", [0.5, 1.0, 2.0])
def test_counts_have_the_variation_asked_for(variation):
    weight = power_law(100_000, 20.0, 2000.0, variation=variation, generator=seeded())
    degree = torch.poisson(weight, generator=seeded(1))
    assert (degree.std() / degree.mean()).item() == pytest.approx(variation, rel=0.1)


def test_less_variation_than_counts_have_gives_nearly_equal_weights():
    weight = power_law(1000, 5.0, 20.0, variation=0.1, generator=seeded())
    assert weight.std() / weight.mean() < 0.1


def test_reproducible():
    first, second = (power_law(10, 3.0, 9.0, generator=seeded(5)) for _ in range(2))
    assert torch.equal(first, second)


def test_bad_input():
    with pytest.raises(ValueError, match="largest must be above the mean 4, got 3"):
        power_law(5, 4, 3)
    with pytest.raises(ValueError, match="variation must be a finite number above 0"):
        power_law(5, 4, 8, variation=-1.0)
