import pytest
import torch

from gcl.benchmark.kernels.precision import measure_precision, nearly_parallel, rounded_nt_xent


def test_centring_saves_what_rounding_takes():
    spread, narrow = measure_precision(n=200, width=32, shared=(0.0, 30.0))
    assert spread["mean_cosine"] < 0.1 < 0.99 < narrow["mean_cosine"]
    for record in (spread, narrow):
        assert record["fp32_gradient_error"] < 1e-5
        assert record["bf16_gradient_error"] < 1e-3
    assert narrow["rounded_gradient_error"] > 3 * narrow["bf16_gradient_error"]


def test_views_share_a_direction_but_are_their_own():
    z1, z2 = nearly_parallel(50, 16, length=100.0)
    cosine = torch.nn.functional.cosine_similarity(z1[:, None], z2, dim=2)
    assert cosine.min() > 0.99
    assert not torch.equal(z1, z2)


def test_rounding_moves_the_value_little_and_passes_gradients():
    z1, z2 = (z.requires_grad_() for z in nearly_parallel(50, 16, length=1.0))
    loss = rounded_nt_xent(z1, z2)
    loss.backward()
    assert loss.item() == pytest.approx(rounded_nt_xent(z2, z1).item(), rel=1e-5)
    assert z1.grad.abs().sum() > 0
    assert z2.grad.abs().sum() > 0
