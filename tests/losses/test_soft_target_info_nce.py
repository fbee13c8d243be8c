import math

import pytest
import torch

from gcl.losses import SoftTargetInfoNCE, info_nce, soft_target_info_nce

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 0]])


@pytest.fixture
def views():
    return torch.randn(2, 4, 3, dtype=torch.float64)


@pytest.mark.parametrize("profiles", [False, True])
def test_alpha_zero_is_info_nce(views, profiles):
    rows = soft_target_info_nce(*views, EDGES, alpha=0.0, profiles=profiles, reduction="none")
    assert torch.allclose(rows, info_nce(*views, reduction="none"))


def test_alpha_one_asks_for_the_neighbours_alone():
    z = torch.eye(2, dtype=torch.float64)
    swap = torch.tensor([[0, 1], [1, 0]])
    rows = soft_target_info_nce(z, z.flip(0), swap, temperature=1.0, alpha=1.0, reduction="none")
    assert torch.allclose(rows, torch.full((2,), math.log(math.e + 1) - 1, dtype=torch.float64))


def test_a_row_without_edges_counts_less(views):
    alone = torch.empty(2, 0, dtype=torch.long)
    loss = soft_target_info_nce(*views, alone, alpha=0.25)
    assert torch.isclose(loss, 0.75 * info_nce(*views))


def test_loops_and_the_scale_of_weights_do_not_count(views):
    loops = torch.cat([EDGES, torch.tensor([[0, 3], [0, 3]])], dim=1)
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    plain = soft_target_info_nce(*views, EDGES, weight[:4])
    assert torch.isclose(soft_target_info_nce(*views, loops, weight), plain)
    assert torch.isclose(soft_target_info_nce(*views, EDGES, 1e-6 * weight[:4]), plain)


def test_exchanged_views_want_reversed_edges(views):
    there = soft_target_info_nce(*views, EDGES, alpha=0.5)
    back = soft_target_info_nce(*views.flip(0), EDGES.flip(0), alpha=0.5)
    assert torch.isclose(there, back)


def test_profiles_of_common_neighbours_equal_their_cosines_as_edges():
    adjacency = (torch.rand(9, 9) < 0.3).double().triu(1)
    adjacency = adjacency + adjacency.t()
    common = adjacency @ adjacency
    views = torch.randn(2, 9, 4, dtype=torch.float64)
    index = common.nonzero().t()
    unit = torch.nn.functional.normalize(common, dim=1)
    cosines = unit @ unit.t()
    at = cosines.nonzero().t()
    factored = soft_target_info_nce(*views, index, common[tuple(index)], profiles=True)
    assert torch.isclose(factored, soft_target_info_nce(*views, at, cosines[tuple(at)]))


def test_profiles_that_touch_no_other_have_no_mass():
    z1, z2 = torch.randn(2, 50, 8)
    apart = torch.arange(50).repeat(2, 1)
    loss = soft_target_info_nce(z1, z2, apart, torch.rand(50) + 0.1, alpha=0.4, profiles=True)
    assert torch.isclose(loss, 0.6 * info_nce(z1, z2))


def test_bad_arguments_are_named(views):
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 4\).*got 4"):
        soft_target_info_nce(*views, torch.tensor([[0], [4]]))
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[4\]"):
        soft_target_info_nce(*views, EDGES, torch.ones(3))
    with pytest.raises(ValueError, match="edge_weight must be 0 or above, got -1"):
        soft_target_info_nce(*views, EDGES, -torch.ones(4))
    with pytest.raises(ValueError, match="alpha must be .* got 1.5"):
        SoftTargetInfoNCE(alpha=1.5)
    with pytest.raises(TypeError, match="profiles must be True or False, got 0"):
        SoftTargetInfoNCE(profiles=0)
    with pytest.raises(ValueError, match="temperature must be .* got 0"):
        SoftTargetInfoNCE(0.0)
