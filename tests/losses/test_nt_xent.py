import math

import torch

from gcl.losses import info_nce, nt_xent


def test_orthogonal_rows_have_a_closed_form():
    z = torch.eye(4)
    # e for the positive, and 3 + 3 orthogonal negatives of the two views
    assert math.isclose(nt_xent(z, z, temperature=1.0), math.log(math.e + 6) - 1, rel_tol=1e-6)


def test_negatives_of_the_own_view_add_to_info_nce():
    u, v = torch.randn(9, 3), torch.randn(9, 3)
    assert nt_xent(u, v) > info_nce(u, v)


def test_is_symmetric_and_ignores_lengths():
    u, v = torch.randn(6, 3), torch.randn(6, 3)
    assert torch.isclose(nt_xent(u, v), nt_xent(v, u))
    assert torch.isclose(nt_xent(u, v), nt_xent(3 * u, 0.1 * v))


def test_gradient_step_pulls_pairs_together():
    u, v = torch.randn(20, 8, requires_grad=True), torch.randn(20, 8)
    (gradient,) = torch.autograd.grad(nt_xent(u, v), u)
    before = torch.cosine_similarity(u, v).mean()
    assert torch.cosine_similarity(u - 5.0 * gradient, v).mean() > before
