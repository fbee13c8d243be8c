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
