import math

import pytest
import torch

from gcl.losses import HardnessWeighted, debiased_info_nce, hardness_weighted, nt_xent


@pytest.fixture
def views():
    return torch.randn(2, 6, 3, dtype=torch.float64)


@pytest.mark.parametrize("tau_plus", [0.0, 0.2])
def test_beta_zero_is_the_debiased_loss(views, tau_plus):
    options = {"temperature": 0.3, "tau_plus": tau_plus, "reduction": "none"}
    rows = hardness_weighted(*views, beta=0.0, **options)
    assert torch.allclose(rows, debiased_info_nce(*views, **options))
    near = hardness_weighted(*views, beta=1e-9, **options)
    assert torch.allclose(rows, near)


def test_equal_negatives_have_equal_weights():
    z = torch.eye(5, dtype=torch.float64)
    assert torch.isclose(hardness_weighted(z, z, tau_plus=0.0, beta=3.0), nt_xent(z, z))


def test_similar_negatives_count_more(views):
    losses = [hardness_weighted(*views, tau_plus=0.0, beta=beta) for beta in (0.0, 0.5, 1.0, 2.0)]
    assert losses == sorted(losses)
    assert losses[0] < losses[-1]


def test_repulsion_turns_to_the_hardest_negative():
    u = torch.eye(3, dtype=torch.float64)[:1].repeat(3, 1)
    u[1], u[2] = torch.tensor([0.8, 0.6, 0.0]), torch.tensor([0.0, 0.0, 1.0])
    pulls = []
    for beta in (0.0, 2.0):
        v = u.clone().requires_grad_()
        hardness_weighted(u, v, tau_plus=0.0, beta=beta, reduction="none")[0].backward()
        pulls.append(v.grad[1].norm() / v.grad[2].norm())
    assert pulls[1] > 2 * pulls[0]


def test_bad_arguments_are_named(views):
    with pytest.raises(ValueError, match=r"beta must be .* got -0.1"):
        HardnessWeighted(beta=-0.1)
    with pytest.raises(ValueError, match="beta must be .* got nan"):
        hardness_weighted(*views, beta=math.nan)
    with pytest.raises(ValueError, match="tau_plus must lie .* got 1"):
        HardnessWeighted(tau_plus=1.0)
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        hardness_weighted(torch.ones(1, 2), torch.ones(1, 2))
