import pytest
import torch

from gcl.functional.draws import keep_mask, normal, permutation, uniform

META = torch.device("meta")


def test_a_cpu_generator_serves_other_devices():
    generator = torch.Generator().manual_seed(0)
    assert uniform(3, META, generator).device == META
    assert permutation(3, META, generator).device == META
    assert normal(torch.ones(3, device=META), generator).device == META


@pytest.mark.parametrize("generator", [None, torch.Generator()])
def test_ends_are_exact(generator):
    device = torch.device("cpu")
    assert keep_mask(0.0, 100_000, device, generator).all()
    assert not keep_mask(1.0, 100_000, device, generator).any()


def test_shape_and_dtype():
    assert uniform((2, 3), torch.device("cpu"), None, torch.float64).dtype == torch.float64
    assert normal(torch.ones(2, 3, dtype=torch.half), None).dtype == torch.half
    assert keep_mask(torch.rand(3), 3, torch.device("cpu"), None).shape == (3,)
