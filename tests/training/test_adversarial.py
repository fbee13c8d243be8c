import math

import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import LearnableEdgeDrop
from gcl.encoders import GCN
from gcl.losses import InfoNCE
from gcl.training import GameStep, TrainingError, adversarial_step


class Shift(torch.nn.Module):
    """A view is the graph with features moved by what is learnt."""

    def __init__(self):
        super().__init__()
        self.by = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, data):
        return Data(x=data.x + self.by)


class Game:
    """min over a, max over ``by`` of (a - x - by)^2 - by^2 on the single node x = 1."""

    def __init__(self, lr=0.1):
        self.data, self.shift = Data(x=torch.ones(1, 1)), Shift()
        self.a = torch.nn.Parameter(torch.tensor(2.0))
        self.down, self.up = (torch.optim.SGD([p], lr=lr) for p in (self.a, self.shift.by))

    def loss(self, view):
        return (self.a - view.x).square().sum()

    def play(self, **options):
        options.setdefault("penalty", lambda view: self.shift.by.square())
        return adversarial_step(self.loss, self.data, self.shift, self.down, self.up, **options)


def test_one_step_by_hand():
    game = Game()
    assert game.play() == GameStep(0.25 - 0.25, pytest.approx((2 - 1 - 0.3) ** 2))
    by = 0.5 + 0.1 * (-2 * 0.5 - 2 * 0.5)  # up the objective
    assert game.shift.by.item() == pytest.approx(by)
    assert game.a.item() == pytest.approx(2 - 0.1 * 2 * (2 - 1 - by))  # down the loss, new view


def test_without_a_penalty():
    game = Game()
    assert game.play(penalty=None).objective == pytest.approx(0.25)
    assert game.shift.by.item() == pytest.approx(0.5 - 0.1 * 2 * 0.5)


def test_the_encoder_gets_no_gradient_of_the_first_half_nor_the_augmenter_of_the_second():
    game, seen = Game(), []

    def loss(view):
        seen.append((view.x.requires_grad, game.a.grad))
        return game.loss(view)

    adversarial_step(loss, game.data, game.shift, game.down, game.up)
    assert seen == [(True, None), (False, None)]
    assert game.shift.by.grad.item() == pytest.approx(1.0)  # of minus the first half alone


def test_stale_gradients_do_not_enter():
    fresh, stale = Game(), Game()
    stale.a.grad, stale.shift.by.grad = torch.tensor(9.0), torch.tensor(9.0)
    assert fresh.play() == stale.play()
    assert (fresh.a, fresh.shift.by) == (stale.a, stale.shift.by)


def test_learns_to_drop_what_raises_the_loss_and_pays_for_it():
    x = torch.randn(20, 4)
    data = Data(x=x, edge_index=torch.randint(20, (2, 60)))
    ratios = {}
    for weight in (0.0, 100.0):
        torch.manual_seed(1)
        augment, encoder = LearnableEdgeDrop(GCN(4, 8, 8)), GCN(4, 16, 8)
        down, up = (torch.optim.Adam(m.parameters(), lr=0.03) for m in (encoder, augment))

        def loss(view, encoder=encoder):
            z = encoder(data.x, data.edge_index)
            return InfoNCE()(z, encoder(view.x, view.edge_index, view.edge_weight))

        def penalty(view, augment=augment, weight=weight):
            return weight * augment.drop_ratio(view)

        for _ in range(15):
            adversarial_step(loss, data, augment, down, up, penalty=penalty)
        ratios[weight] = augment.drop_ratio(augment(data)).item()
    assert ratios[0.0] > 0.6
    assert ratios[100.0] < 0.3


def test_a_parameter_in_both_optimisers():
    game = Game()
    game.down.add_param_group({"params": [game.shift.by]})
    with pytest.raises(ValueError, match="must hold different parameters"):
        game.play()


@pytest.mark.parametrize("name", ["optimizer", "augmenter_optimizer"])
def test_an_optimiser_that_turns_the_sign_itself(name):
    game = Game()
    turned = {"optimizer": game.down, "augmenter_optimizer": game.up}[name]
    turned.param_groups[0]["maximize"] = True
    with pytest.raises(ValueError, match=f"{name} must not have maximize=True"):
        game.play()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nothing_moves_with_a_value_that_is_not_finite(value):
    game = Game()
    with pytest.raises(TrainingError, match=r"what augmenter_optimizer follows is .*no step"):
        game.play(penalty=lambda view: game.shift.by * value)
    assert (game.a.item(), game.shift.by.item()) == (2.0, 0.5)


def test_nothing_moves_with_a_gradient_that_is_not_finite():
    game = Game()
    with pytest.raises(TrainingError, match=r"gradient for augmenter_optimizer is not finite"):
        game.play(penalty=lambda view: (game.shift.by - 0.5).sqrt())
    assert (game.a.item(), game.shift.by.item()) == (2.0, 0.5)


def test_losses_that_cannot_be_followed():
    game = Game()
    play = (game.data, game.shift, game.down, game.up)
    with pytest.raises(ValueError, match="reaches no parameter that augmenter_optimizer holds"):
        adversarial_step(lambda view: game.a.square(), *play)
    with pytest.raises(ValueError, match="reaches no parameter that optimizer holds"):
        adversarial_step(lambda view: view.x.sum(), *play)
    with pytest.raises(ValueError, match="loss must give a scalar, got a tensor of shape"):
        adversarial_step(lambda view: view.x, *play)
    with pytest.raises(TypeError, match=r"penalty must give a scalar tensor, got 3"):
        game.play(penalty=lambda view: 3)
