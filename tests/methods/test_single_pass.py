import pytest
import torch

from gcl.methods.single_pass import SinglePass


def slow_loss(z, k, drawn):
    """One pair at a time."""
    u, total = torch.stack([row / row.norm() for row in z]), 0
    for i in range(len(u)):
        s = [u[i] @ other for other in u]
        top = sorted(range(len(u)), key=lambda j: -s[j].item())[:k]
        total = total - 2 * sum(s[j] for j in top) / len(top)
        total = total + sum(s[j] ** 2 for j in drawn[i])
    return total / len(u)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_loss_and_gradient_equal_the_slow_form(k):
    z = torch.randn(7, 4).double().requires_grad_()
    torch.manual_seed(1)
    drawn = torch.randint(7, (7, 5)).tolist()
    torch.manual_seed(1)
    ours, slow = SinglePass(k, 5)(z), slow_loss(z, k, drawn)
    torch.testing.assert_close(ours, slow)
    grads = [torch.autograd.grad(value, z)[0] for value in (ours, slow)]
    torch.testing.assert_close(*grads)


def test_every_row_is_its_own_best_match():
    z = torch.randn(6, 4)
    near, rows = SinglePass(1, 1), torch.randint(6, (6, 1))
    torch.manual_seed(0)
    rows = torch.randint(6, (6, 1))
    u = z / z.norm(dim=1, keepdim=True)
    torch.manual_seed(0)
    expected = ((u * u[rows[:, 0]]).sum(1).square() - 2).mean()
    torch.testing.assert_close(near(z), expected)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="top_k must be at least 1, got 0"):
        SinglePass(0, 5)
    with pytest.raises(ValueError, match="num_negatives must be at least 1, got 0"):
        SinglePass(5, 0)
    with pytest.raises(ValueError, match="z must be finite, got nan"):
        SinglePass(5, 5)(torch.full((3, 2), torch.nan))
