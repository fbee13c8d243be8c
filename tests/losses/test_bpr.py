import pytest
import torch

from gcl.losses import BPR, bpr


def test_a_better_positive_lowers_the_loss():
    u, low, high = torch.tensor([[2.0]]), torch.tensor([[0.0]]), torch.tensor([[1.0]])
    assert bpr(u, high, low) < bpr(u, low, high)
    assert bpr(u, high, low).item() == pytest.approx(0.126928, rel=1e-5)  # log(1 + e^-2)


def test_a_badly_wrong_pair_keeps_its_gradient():
    u = torch.ones(1, 1)
    positive = torch.full((1, 1), -200.0, requires_grad=True)
    loss = BPR()(u, positive, torch.full((1, 1), 200.0))
    loss.backward()
    assert loss.item() == 400.0
    assert positive.grad.item() == -1.0


def test_negatives_that_do_not_fit_are_named():
    u = torch.rand(3, 2)
    with pytest.raises(ValueError, match=r"user and negative must agree.*\[3, 2\].*\[2, 2\]"):
        BPR()(u, u, u[:2])
