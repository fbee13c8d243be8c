import math

import pytest
import torch

from gcl.losses import SupCon, nt_xent, sup_con


@pytest.fixture
def views():
    return torch.randn(2, 6, 3, dtype=torch.float64)


@pytest.mark.parametrize("y", [None, torch.full((6,), -1), torch.arange(6)])
def test_without_shared_labels_it_is_nt_xent(views, y):
    rows = sup_con(*views, y, temperature=0.3, reduction="none")
    assert torch.allclose(rows, nt_xent(*views, temperature=0.3, reduction="none"))


def test_one_class_on_orthogonal_rows_has_a_closed_form():
    z, y = torch.eye(2), torch.zeros(2, dtype=torch.long)
    # positives: one of similarity 1 and two of similarity 0; partition e + 2
    expected = math.log(math.e + 2) - 1 / 3
    assert math.isclose(sup_con(z, z, y, temperature=1.0), expected, rel_tol=1e-6)


def test_unlabelled_nodes_have_only_their_other_view(views):
    y = torch.tensor([3, 3, -1, -1, -1, -1])
    rows = sup_con(*views, y, temperature=0.3, reduction="none")
    plain = nt_xent(*views, temperature=0.3, reduction="none")
    assert torch.allclose(rows[2:], plain[2:])
    assert not torch.isclose(rows[:2], plain[:2]).any()


def test_names_of_labels_do_not_matter(views):
    y = torch.tensor([0, 1, -1, 0, 1, -1])
    for names, dtype in (((700, 5), torch.int32), ((125, 127), torch.int8)):
        renamed = torch.tensor([*names, -1, *names, -1], dtype=dtype)
        assert torch.isclose(sup_con(*views, y), sup_con(*views, renamed))


def test_base_temperature_scales_the_loss(views):
    y = torch.tensor([0, 0, 1, 1, -1, -1])
    once = sup_con(*views, y, temperature=0.2)
    twice = sup_con(*views, y, temperature=0.2, base_temperature=0.1)
    assert torch.isclose(twice, 2 * once)


def test_gradient_step_pulls_a_class_together():
    z = torch.randn(20, 8, requires_grad=True)
    y = torch.tensor([0, 0] + [-1] * 18)
    (gradient,) = torch.autograd.grad(sup_con(z, z.detach(), y, temperature=0.5), z)
    after = z - 5.0 * gradient
    similarity = torch.cosine_similarity
    assert similarity(after[0], after[1], dim=0) > similarity(z[0], z[1], dim=0) + 0.05


def test_bad_arguments_are_named(views):
    with pytest.raises(ValueError, match=r"y must have shape \[6\].*\[5\]"):
        sup_con(*views, torch.zeros(5, dtype=torch.long))
    with pytest.raises(ValueError, match="y must be -1 .* got -2"):
        sup_con(*views, torch.full((6,), -2))
    with pytest.raises(TypeError, match=r"y must hold integer.*bool"):
        sup_con(*views, torch.ones(6, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"temperature must be .* got -1"):
        SupCon(-1.0)
    with pytest.raises(ValueError, match="base_temperature must be .* got 0"):
        SupCon(base_temperature=0.0)
    with pytest.raises(ValueError, match="base_temperature must be .* got 0"):
        sup_con(*views, base_temperature=0.0)
