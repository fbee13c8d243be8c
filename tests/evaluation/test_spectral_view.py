import math
from importlib import import_module

import pytest
import torch

from gcl.evaluation import spectral_view

CYCLE = torch.stack([torch.arange(6), (torch.arange(6) + 1) % 6])


def both_ways(edge_index):
    return torch.cat([edge_index, edge_index.flip(0)], dim=1)


def test_parts_add_to_the_cross_entropy():
    z, t = torch.randn(6, 3, dtype=torch.float64), 0.7
    total = 0.0
    for i in range(6):
        kernels = [math.exp(-float((z[i] - z[j]).square().sum()) / (2 * t)) for j in range(6)]
        kernels[i] = 0.0
        for j in ((i + 1) % 6, (i - 1) % 6):  # every node has two positives
            total -= 0.5 * math.log(kernels[j] / sum(kernels))
    view = spectral_view(z, CYCLE, temperature=t)
    assert view.attraction + view.repulsion == pytest.approx(total, rel=1e-6)


def test_eigenvectors_reach_the_bound_and_overlap_fully():
    angle = 2 * math.pi * torch.arange(6, dtype=torch.float64) / 6
    z = torch.stack([torch.ones_like(angle), angle.cos(), angle.sin()], dim=1)
    view = spectral_view(z, CYCLE)
    expected = 2 * (1 - math.cos(2 * math.pi / 6)) / 3  # eigenvalues 0, 1/2, 1/2
    assert view.alignment == pytest.approx(expected)
    assert view.bound == pytest.approx(expected)
    assert view.overlap == pytest.approx(1)


def test_other_embeddings_stay_above_the_bound():
    view = spectral_view(torch.randn(6, 3, dtype=torch.float64), CYCLE)
    assert view.alignment > view.bound
    assert 0 <= view.overlap < 1


def test_lanczos_equals_the_dense_solver(monkeypatch):
    edge_index = torch.randint(0, 40, (2, 200))
    weight, z = torch.rand(200), torch.randn(40, 3)
    dense = spectral_view(z, edge_index, edge_weight=weight)
    monkeypatch.setattr(import_module("gcl.evaluation.spectral_view"), "_DENSE", 0)
    assert spectral_view(z, edge_index, edge_weight=weight) == pytest.approx(dense)


def test_dependent_columns_count_once():
    z = torch.randn(6, 2, dtype=torch.float64)
    one, two = (spectral_view(x, CYCLE) for x in (z, torch.cat([z, z], dim=1)))
    assert two[2:] == pytest.approx(one[2:])  # alignment, bound, overlap


def test_direction_scale_and_loops_do_not_count():
    z = torch.randn(6, 3, dtype=torch.float64)
    loops = torch.arange(6).expand(2, 6)
    view = spectral_view(z, CYCLE)
    assert spectral_view(z, both_ways(CYCLE)) == pytest.approx(view)
    assert spectral_view(z, CYCLE, edge_weight=torch.full((6,), 3.0)) == pytest.approx(view)
    assert spectral_view(z, torch.cat([CYCLE, loops], dim=1)) == pytest.approx(view)


def test_isolated_nodes_are_not_attracted():
    edge_index = torch.tensor([[0, 1], [1, 0]])
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    view = spectral_view(z, edge_index)
    assert view.attraction == pytest.approx(0)
    assert view.alignment == pytest.approx(0)
    assert view.overlap == pytest.approx(1)


def test_no_edges_and_full_rank():
    view = spectral_view(torch.eye(3), torch.empty(2, 0, dtype=torch.long))
    assert view.attraction == view.bound == 0
    assert view.overlap == pytest.approx(1)


def test_bad_input_is_named():
    z = torch.randn(6, 2)
    with pytest.raises(ValueError, match="z must have 2 rows or more and an entry besides 0"):
        spectral_view(torch.zeros(6, 2), CYCLE)
    with pytest.raises(ValueError, match="z must have 2 rows or more and an entry besides 0"):
        spectral_view(z[:1], CYCLE[:, :0])
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 6\)"):
        spectral_view(z, CYCLE + 1)
    with pytest.raises(ValueError, match="edge_weight must be 0 or above, got -1"):
        spectral_view(z, CYCLE, edge_weight=-torch.ones(6))
    with pytest.raises(ValueError, match=r"edge_weight must have shape \[6\]"):
        spectral_view(z, CYCLE, edge_weight=torch.ones(5))
    with pytest.raises(ValueError, match="temperature must be a finite number above 0"):
        spectral_view(z, CYCLE, temperature=0)
