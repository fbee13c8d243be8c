import math

import pytest
import torch

from gcl.losses import GRAM, gram


@pytest.fixture
def views():
    return torch.randn(3, 6, 4, dtype=torch.float64)


def test_matching_rows_span_nothing_and_others_a_volume():
    z = torch.eye(4)
    w = z.roll(1, 0)  # the volume is 0 if the anchor is one of both others, else 1
    rows = gram([z, z, w], temperature=1.0, smoothing=0.0, reduction="none")
    expected = math.log(2 + 2 * math.exp(-1))
    torch.testing.assert_close(rows, torch.full((4,), expected), rtol=1e-3, atol=1e-3)


def test_smoothing_is_that_of_cross_entropy(views):
    plain, smooth = (gram(views, smoothing=s) for s in (0.0, 0.1))
    half = gram(views, smoothing=0.05)
    torch.testing.assert_close(half, (plain + smooth) / 2)  # linear in the smoothing


def test_signs_do_not_count(views):
    signs = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)[:, None, None]
    torch.testing.assert_close(gram(views * signs), gram(views))


def test_order_of_the_other_views_does_not_count(views):
    torch.testing.assert_close(gram(views[[0, 2, 1]]), gram(views))
    assert not torch.isclose(gram(views[[1, 0, 2]]), gram(views))  # another anchor


@pytest.mark.parametrize("block_size", [1, 4])
def test_blocks_change_neither_value_nor_gradient(views, block_size):
    results = []
    for size in (None, block_size):
        loss = GRAM(block_size=size).double()
        value = loss(views.requires_grad_())
        results.append((value, *torch.autograd.grad(value, [views, loss.log_temperature])))
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y)


def test_temperature_is_learnt(views):
    loss = GRAM(0.2).double()
    assert loss.log_temperature.exp().item() == pytest.approx(0.2)
    check = torch.autograd.gradcheck(
        lambda t: gram(views, temperature=t.exp()), loss.log_temperature
    )
    assert check
    assert not any(p.requires_grad for p in GRAM(learnable=False).parameters())


def test_gradient_of_dependent_vectors_is_bounded():
    z = torch.randn(20, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(gram([z, z, z], temperature=1.0), z)
    assert gradient.norm() < 10


def test_bad_input_is_named(views):
    with pytest.raises(
        ValueError, match="views must hold 3 views or more, got 2; two antiparallel"
    ):
        gram(views[:2])
    with pytest.raises(ValueError, match="views must have 2 rows or more .* got 1"):
        gram(views[:, :1])
    with pytest.raises(ValueError, match="temperature must be a finite number above 0, got 0"):
        GRAM(0)
    with pytest.raises(ValueError, match=r"smoothing must be a probability in \[0, 1\], got 2"):
        GRAM(smoothing=2)
    with pytest.raises(TypeError, match="learnable must be True or False, got 'no'"):
        GRAM(learnable="no")
    with pytest.raises(ValueError, match="block_size must be at least 1, got 0"):
        GRAM(block_size=0)
