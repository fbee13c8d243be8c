import math

import torch

from gcl.losses import info_nce


def test_orthogonal_rows_have_a_closed_form():
    z = torch.eye(4)
    assert math.isclose(info_nce(z, z, temperature=1.0), math.log(math.e + 3) - 1, rel_tol=1e-6)


def test_one_direction_only():
    u, v = torch.randn(5, 3), torch.randn(5, 3)
    forward, backward = (info_nce(*pair, symmetric=False) for pair in ((u, v), (v, u)))
    assert not torch.isclose(forward, backward)
    assert torch.isclose((forward + backward) / 2, info_nce(u, v))


def test_single_row_has_no_negative_and_no_loss():
    z = torch.randn(1, 3, requires_grad=True)
    loss = info_nce(z, z)
    loss.backward()
    assert abs(loss.item()) < 1e-6
    assert torch.allclose(z.grad, torch.zeros(1, 3), atol=1e-6)


def test_bfloat16_does_not_train_aligned_views_by_rounding_errors():
    """At a low temperature the positive is nearly all of the denominator, and has to cancel."""
    torch.manual_seed(0)
    z1 = torch.randn(400, 64)
    z2 = z1 + 0.1 * torch.randn(400, 64)
    losses, grads = [], []
    for precision in ("highest", "bf16"):
        z = z1.clone().requires_grad_()
        rows = info_nce(z, z2, temperature=0.1, precision=precision, reduction="none")
        rows.mean().backward()
        losses.append(rows)
        grads.append(z.grad)
    assert bool((losses[1] >= 0).all())
    assert (grads[0] - grads[1]).norm() < 0.01 * grads[0].norm()


def test_one_row_has_nothing_to_lose_in_bfloat16():
    z = torch.randn(1, 4, requires_grad=True)
    loss = info_nce(z, torch.randn(1, 4), precision="bf16")
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(z.grad, torch.zeros(1, 4))
