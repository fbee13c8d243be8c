import math

import pytest
import torch
from torch.nn import functional as F

from gcl.losses import DebiasedInfoNCE, debiased_info_nce, nt_xent


def test_without_a_prior_it_is_nt_xent():
    u, v = torch.randn(2, 6, 3, dtype=torch.float64)
    rows = debiased_info_nce(u, v, temperature=0.3, tau_plus=0.0, reduction="none")
    assert torch.allclose(rows, nt_xent(u, v, temperature=0.3, reduction="none"))


def test_orthogonal_rows_meet_the_lower_bound():
    z = torch.eye(4, dtype=torch.float64)
    # 6 negatives of e^0: (6 - 6 * 0.3 e) / 0.7 = 1.58 is below the least value 6 / e = 2.21
    expected = math.log1p(6 / math.e / math.e)
    assert math.isclose(debiased_info_nce(z, z, temperature=1.0, tau_plus=0.3), expected)
    expected = math.log1p((6 - 6 * 0.1 * math.e) / 0.9 / math.e)
    assert math.isclose(debiased_info_nce(z, z, temperature=1.0, tau_plus=0.1), expected)


def test_at_the_lower_bound_only_positives_have_a_gradient():
    v = torch.randn(5, 3, dtype=torch.float64)
    u = (v + 0.1).requires_grad_()
    loss = debiased_info_nce(u, v, temperature=0.5, tau_plus=0.99)
    positive = torch.cosine_similarity(u, v) / 0.5
    expected = F.softplus(math.log(8) - 2 - positive).mean()
    assert torch.isclose(loss, expected)
    (gradient,) = torch.autograd.grad(loss, u)
    assert torch.allclose(gradient, torch.autograd.grad(expected, u)[0])


@pytest.mark.parametrize("tau_plus", [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("temperature", [0.005, 0.1, 5.0])
def test_extreme_options_stay_finite(temperature, tau_plus):
    base = torch.randn(9, 4)
    z1, z2 = ((base + s * torch.randn(9, 4)).requires_grad_() for s in (0.0, 0.2))
    loss = debiased_info_nce(z1, z2, temperature=temperature, tau_plus=tau_plus)
    loss.backward()
    assert torch.isfinite(loss)
    assert loss >= 0
    assert torch.isfinite(z1.grad).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        debiased_info_nce(torch.ones(1, 2), torch.ones(1, 2))
    for tau_plus in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match=rf"tau_plus must lie in \[0, 1\), got {tau_plus}"):
            DebiasedInfoNCE(tau_plus=tau_plus)
    with pytest.raises(ValueError, match="tau_plus must lie"):
        debiased_info_nce(torch.eye(2), torch.eye(2), tau_plus=1.0)
    with pytest.raises(ValueError, match="temperature must be .* got inf"):
        DebiasedInfoNCE(math.inf)
