import math

import pytest
import torch

from gcl.losses import KernelInfoNCE, kernel_info_nce, nt_xent


@pytest.fixture
def views():
    return torch.randn(2, 6, 3, dtype=torch.float64)


def test_gamma_two_is_nt_xent_at_half_the_temperature(views):
    rows = kernel_info_nce(*views, temperature=0.6, gamma=2.0, reduction="none")
    assert torch.allclose(rows, nt_xent(*views, temperature=0.3, reduction="none"))


def test_gamma_just_below_two_takes_the_other_path_to_the_same_value(views):
    near = kernel_info_nce(*views, temperature=0.6, gamma=2.0 - 1e-9)
    assert torch.isclose(near, kernel_info_nce(*views, temperature=0.6, gamma=2.0), rtol=1e-4)


def test_opposite_and_orthogonal_rows_have_a_closed_form():
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    rows = kernel_info_nce(z, z, temperature=1.0, gamma=1.0, reduction="none")
    far, side = 2 * math.exp(-2), 2 * math.exp(-math.sqrt(2))  # both views of another node
    expected = torch.tensor([1 + far + side, 1 + far + side, 1 + 2 * side]).log()
    assert torch.allclose(rows, expected.double(), atol=3e-3)  # equal rows are sqrt(eps) apart


@pytest.mark.parametrize("combine", ["losses", "kernels"])
def test_shares_of_the_gaussian_end_at_the_pure_kernels(views, combine):
    options = {"temperature": 0.6, "combine": combine}
    pure = kernel_info_nce(*views, temperature=0.6, gamma=1.0)
    gaussian = kernel_info_nce(*views, temperature=0.6, gamma=2.0)
    assert torch.isclose(kernel_info_nce(*views, gaussian=1.0, **options), gaussian)
    assert torch.isclose(kernel_info_nce(*views, gaussian=1e-12, **options), pure)
    half = kernel_info_nce(*views, gaussian=0.5, **options)
    assert torch.isclose(half, (pure + gaussian) / 2) == (combine == "losses")


@pytest.mark.parametrize("gamma", [0.1, 0.5, 1.0, 1.9])
def test_equal_rows_and_the_least_temperature_stay_finite(gamma):
    z = torch.randn(8, 3).repeat(2, 1).requires_grad_()
    loss = kernel_info_nce(z, z.detach(), temperature=1.01 * 2**gamma / 130, gamma=gamma)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()
    far = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert kernel_info_nce(far, -far, temperature=1.01 * 2**gamma / 130, gamma=gamma) > 50


def test_bad_arguments_are_named(views):
    for options, message in (
        ({"gamma": 2.5}, r"gamma must lie in \(0, 2\], got 2.5"),
        ({"gamma": 0.0}, "gamma must be .* got 0"),
        ({"temperature": 0.01}, r"temperature must be 0.0154 or above for gamma=1.0, got 0.01"),
        ({"temperature": -1.0}, "temperature must be .* got -1"),
        ({"gaussian": 1.5}, "gaussian must be .* got 1.5"),
        ({"gamma": 2.0, "gaussian": 0.5}, "gaussian=0.5 would be ignored"),
        ({"combine": "kernel"}, "combine must be one of losses, kernels; got 'kernel'"),
        ({"precision": "bf16"}, "precision must be highest for gamma=1.0, got 'bf16'"),
    ):
        with pytest.raises(ValueError, match=message):
            KernelInfoNCE(**options)
        with pytest.raises(ValueError, match=message):
            kernel_info_nce(*views, **options)
    assert torch.isfinite(KernelInfoNCE(gamma=2.0, precision="bf16")(*views))
