import copy
import warnings

import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import AugmentationSelector, FeatureMask, LearnableEdgeDrop, RandomChoice
from gcl.checks import NonFiniteError
from gcl.encoders import GCN

DATA = Data(x=torch.ones(1, 1))
KEEP, MASK = FeatureMask(0.0), FeatureMask(1.0)


def seeded():
    return torch.Generator().manual_seed(3)


def masked(select, draws=2000):
    return sum(select(DATA).x.item() == 0 for _ in range(draws)) / draws


def bisected(b):
    """The step of the authors' code in the limit of a fine tolerance."""
    low, high = b.min() - 1, b.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if (b - middle).clamp(min=0).sum() > 1 else (low, middle)
    return (b - low).clamp(min=0)


def test_starts_uniform_and_picks_by_what_it_learnt():
    select = AugmentationSelector([KEEP, MASK])
    assert select.p.tolist() == [0.5, 0.5]
    assert masked(select) == pytest.approx(0.5, abs=0.06)
    select.update([0.0, 0.6])
    assert select.p.tolist() == pytest.approx([0.2, 0.8])
    assert masked(select) == pytest.approx(0.8, abs=0.05)
    select.update([0.0, 5.0])
    assert select.p.tolist() == [0.0, 1.0]
    assert masked(select, 50) == 1


def test_updates_equal_the_formula():
    select = AugmentationSelector([KEEP] * 5, gamma=0.4)
    p = torch.full((5,), 0.2, dtype=torch.float64)
    for _ in range(6):
        losses = 0.3 * torch.rand(5, dtype=torch.float64)
        p = bisected(p + losses - 0.4 * (p - 0.2))
        assert torch.allclose(select.update(losses).double(), p, atol=1e-6)
        assert select.p.sum().item() == pytest.approx(1)


def test_equal_losses_lead_back_to_uniform_at_the_rate_gamma():
    select = AugmentationSelector([KEEP, MASK], gamma=0.5)
    select.update([0.0, 0.4])
    before = select.p - 0.5
    select.update(torch.tensor([7.0, 7.0], requires_grad=True))
    assert torch.allclose(select.p - 0.5, before / 2)
    assert not select.p.requires_grad


def test_losses_of_a_graph_are_taken_as_numbers_without_a_warning():
    select = AugmentationSelector([KEEP, MASK])
    loss = torch.tensor(0.3, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        select.update([0 * loss, loss])
    assert select.p.tolist() == pytest.approx([0.35, 0.65])


def test_state_is_saved_and_draws_repeat():
    select = AugmentationSelector([KEEP, MASK], generator=seeded())
    select.update([0.0, 0.5])
    again = AugmentationSelector([KEEP, MASK], generator=seeded())
    again.load_state_dict(select.state_dict())
    assert torch.equal(again.p, select.p)
    picks = [[s(DATA).x.item() for _ in range(20)] for s in (select, again)]
    assert picks[0] == picks[1]
    assert set(picks[0]) == {0.0, 1.0}
    with pytest.raises(RuntimeError, match="size mismatch for p"):
        AugmentationSelector([KEEP]).load_state_dict(select.state_dict())


def test_a_method_that_holds_it_saves_it_but_does_not_train_its_transforms():
    owner = torch.nn.Module()
    owner.select = AugmentationSelector([LearnableEdgeDrop(GCN(1, 2, 2)), KEEP])
    assert list(owner.state_dict()) == ["select.p"]
    assert not list(owner.parameters())


def test_an_update_does_not_write_into_what_was_returned():
    select = AugmentationSelector([KEEP, MASK])
    first = select.update([0.0, 0.2])
    kept = copy.copy(first.tolist())
    select.update([0.0, 0.2])
    assert first.tolist() == kept != select.p.tolist()


def test_is_a_random_choice_that_shows_its_state():
    select = AugmentationSelector([KEEP, MASK], gamma=0.01)
    assert isinstance(select, RandomChoice)
    shown = "AugmentationSelector([FeatureMask(p=0.0), FeatureMask(p=1.0)], gamma=0.01, p=[0.5"
    assert repr(select).startswith(shown)


@pytest.mark.parametrize(
    ("losses", "error", "match"),
    [
        (torch.zeros(2, 1), ValueError, "losses must hold 2 numbers, got a tensor of shape"),
        ([1.0], ValueError, r"losses must hold 2 numbers, got \[1\.0\]"),
        (1.0, TypeError, r"losses must be 2 numbers, got 1\.0"),
        (["a", "b"], TypeError, "losses must be a number, got 'a'"),
        ([torch.zeros(2), torch.zeros(2)], TypeError, "losses must be a number, got a tensor"),
        (None, TypeError, "losses must be 2 numbers, got None"),
        ([0.0, float("nan")], NonFiniteError, r"losses must be finite, got \[0\.0, nan\]"),
    ],
)
def test_bad_losses(losses, error, match):
    select = AugmentationSelector([KEEP, MASK])
    with pytest.raises(error, match=match):
        select.update(losses)
    assert select.p.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("transforms", "gamma", "error", "match"),
    [
        ([], 0.1, ValueError, "transforms must hold at least one"),
        (KEEP, 0.1, TypeError, "transforms must be a list of callables"),
        ([KEEP], -1, ValueError, "gamma must be a finite number, 0 or above, got -1"),
        ([KEEP], "x", TypeError, "gamma must be a number, got 'x'"),
    ],
)
def test_bad_arguments(transforms, gamma, error, match):
    with pytest.raises(error, match=match):
        AugmentationSelector(transforms, gamma=gamma)


def test_an_update_in_inference_mode_can_be_saved_and_loaded():
    select = AugmentationSelector([KEEP, MASK])
    with torch.inference_mode():
        select.update(torch.tensor([1.0, 1.3]))
    assert not select.p.is_inference()
    select.load_state_dict({"p": torch.tensor([0.25, 0.75])})
    assert select.p.tolist() == [0.25, 0.75]
