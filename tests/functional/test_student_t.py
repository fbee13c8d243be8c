import math

import pytest
import torch

from gcl.functional import assignment_divergence, log_assignment, target_distribution


def reference(z, centers, dof):
    rows = []
    for x in z.tolist():
        distance = [sum((a - b) ** 2 for a, b in zip(x, c, strict=True)) for c in centers.tolist()]
        kernel = [(1 + d / dof) ** (-(dof + 1) / 2) for d in distance]
        rows.append([k / sum(kernel) for k in kernel])
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("dof", [1.0, 2.5])
def test_assignment_equals_the_slow_reference(dof):
    z, centers = torch.randn(9, 3).double(), torch.randn(4, 3).double()
    q = log_assignment(z, centers, dof=dof).exp()
    torch.testing.assert_close(q, reference(z, centers, dof))
    nearest = torch.cdist(z, centers).argmin(1)
    assert torch.equal(q.argmax(1), nearest)


def test_gradients_reach_points_and_centres():
    inputs = [torch.randn(n, 3).double().requires_grad_() for n in (6, 2)]
    assert torch.autograd.gradcheck(log_assignment, inputs)


def test_a_common_shift_far_away_changes_nothing():
    z, centers = torch.randn(50, 5), torch.randn(3, 5)
    torch.testing.assert_close(
        log_assignment(z + 1000, centers + 1000), log_assignment(z, centers), rtol=0, atol=2e-3
    )


def test_target_equals_the_formula_and_is_a_constant():
    q = torch.rand(8, 3).double().requires_grad_()
    p = target_distribution(q / q.sum(1, keepdim=True))
    assert not p.requires_grad
    value = (q / q.sum(1, keepdim=True)).tolist()
    f = [sum(row[k] for row in value) for k in range(3)]
    for i in range(8):
        weight = [value[i][k] ** 2 / f[k] for k in range(3)]
        assert p[i].tolist() == pytest.approx([w / sum(weight) for w in weight])


def test_target_of_an_unused_cluster_is_0():
    p = target_distribution(torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0]]))
    assert torch.isfinite(p).all()
    assert (p[:, 2] == 0).all()


def test_divergence_is_the_mean_over_points():
    q, p = torch.rand(5, 3).softmax(1).double(), torch.rand(5, 3).softmax(1).double()
    total = sum(p[i, k].item() * math.log(p[i, k] / q[i, k]) for i in range(5) for k in range(3))
    assert assignment_divergence(q.log(), p).item() == pytest.approx(total / 5)
    own = assignment_divergence(q.log(), target_distribution(q))
    assert assignment_divergence(q.log()).item() == pytest.approx(own.item())
    assert assignment_divergence(q.log(), q).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    z, centers = (torch.randn(n, 3).to(dtype) for n in (5, 2))
    assert log_assignment(z, centers).dtype == torch.float32


def test_bad_input_is_named():
    z = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"centers must have 2 columns, got .*\[4, 3\]"):
        log_assignment(z, torch.zeros(4, 3))
    with pytest.raises(ValueError, match="dof must be .* above 0, got 0"):
        log_assignment(z, z, dof=0)
    with pytest.raises(ValueError, match="z must be finite, got nan at row 1"):
        log_assignment(torch.tensor([[0.0], [math.nan]]), torch.zeros(2, 1))
