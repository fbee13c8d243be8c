import pytest
import torch

from gcl.methods.multiplet import Multiplet

WEIGHTS, MARGINS = (3.0, 5.0, 0.7), (0.4, 0.3)


def slow_loss(h, structural, neighbor, orders):
    """One node and one negative at a time."""
    n, parts = len(h), [0, 0, 0]
    for order in orders:
        for i in range(n):
            negative = (h[i] - h[order[i]]).square().sum().sqrt() if order[i] != i else 0.0
            for k, positive in enumerate((structural, neighbor)):
                gap = (h[i] - positive[i]).square().sum().sqrt() - negative + MARGINS[0]
                parts[k] = parts[k] + max(gap, 0 * gap) / n
            fixed = (h[i] - structural[i]).square().sum().sqrt().item()
            gap = negative - fixed - sum(MARGINS)
            parts[2] = parts[2] + (gap if gap > 0 else 0.0) / len(orders)
    return sum(w * part for w, part in zip(WEIGHTS, parts, strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_loss_and_gradient_equal_the_slow_form(seed):
    torch.manual_seed(seed)
    inputs = [(torch.randn(6, 3) / 2).double().requires_grad_() for _ in range(3)]
    torch.manual_seed(seed + 10)
    orders = [torch.randperm(6).tolist() for _ in range(4)]
    slow = slow_loss(*inputs, orders)
    torch.manual_seed(seed + 10)
    ours = Multiplet(WEIGHTS, MARGINS, 4)(*inputs)
    torch.testing.assert_close(ours, slow)
    grads = [torch.autograd.grad(value, inputs) for value in (ours, slow)]
    torch.testing.assert_close(*grads)


def test_the_bound_may_be_a_mean_over_nodes():
    inputs = torch.randn(3, 6, 3)
    losses = []
    for bound, third in (("mean", 6.0), ("sum", 1.0)):
        torch.manual_seed(0)
        losses.append(Multiplet((0.0, 0.0, third), MARGINS, 2, bound)(*inputs))
    assert losses[0] > 0
    torch.testing.assert_close(*losses)


def test_equal_rows_have_a_gradient():
    h = torch.ones(4, 2, requires_grad=True)
    loss = Multiplet(WEIGHTS, MARGINS, 1)(h, h, h)
    loss.backward()
    assert loss.item() == pytest.approx((3 + 5) * 0.4)
    assert torch.equal(h.grad, torch.zeros(4, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((WEIGHTS[:2], MARGINS, 1), r"weights must hold 3 numbers, got \(3.0, 5.0\)"),
        ((WEIGHTS, 0.5, 1), "margins must hold 2 numbers, got 0.5"),
        ((WEIGHTS, (0.1, -1), 1), "margins must be .* 0 or above, got -1"),
        ((WEIGHTS, MARGINS, 0), "num_negatives must be at least 1, got 0"),
        ((WEIGHTS, MARGINS, 1, "max"), "unknown bound: got 'max'|bound must be .*'max'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Multiplet(*options)


def test_rows_must_agree():
    with pytest.raises(ValueError, match="h and neighbor must agree in shape"):
        Multiplet(WEIGHTS, MARGINS, 1)(torch.ones(3, 2), torch.ones(3, 2), torch.ones(2, 2))


def test_half_precision_is_summed_in_single():
    torch.manual_seed(0)
    inputs = [torch.randn(20_000, 16) * 2 for _ in range(3)]
    torch.manual_seed(1)
    single = Multiplet(WEIGHTS, MARGINS, 1)(*(x.half().float() for x in inputs))
    torch.manual_seed(1)
    assert Multiplet(WEIGHTS, MARGINS, 1)(*(x.half() for x in inputs)) == single
