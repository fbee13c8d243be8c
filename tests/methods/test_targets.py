import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl import recipes
from gcl.methods import BGRL
from gcl.methods.clock import cosine_momentum
from gcl.methods.targets import TargetMethod
from gcl.training import fit

GRAPH = Data(x=torch.rand(6, 5), edge_index=torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]))


def bgrl(**options):
    torch.manual_seed(0)
    return BGRL(5, out_channels=4, prediction_channels=8, **options)


def test_target_moves_as_if_after_every_optimiser_step(monkeypatch):
    ours, theirs = (bgrl(momentum=0.6, total_steps=10) for _ in range(2))
    for k in range(4):
        for method in (ours, theirs):
            optimizer = torch.optim.SGD(method.parameters(), lr=0.1)
            torch.manual_seed(k)
            method.zero_grad()
            if method is theirs:
                monkeypatch.setattr(method, "follow", lambda: None)
            method.step(GRAPH).backward()
            optimizer.step()
        theirs.target.update(theirs.encoder, cosine_momentum(0.6, k, 10))
    for name, tensor in theirs.encoder.state_dict().items():
        torch.testing.assert_close(ours.encoder.state_dict()[name], tensor)
    ours.follow()
    for name, tensor in theirs.target.named_parameters():
        torch.testing.assert_close(ours.target.get_parameter(name), tensor)


def test_momentum_starts_where_it_is_told_and_ends_at_one():
    method = bgrl(momentum=0.9, total_steps=100)
    values = [method.momentum_after(steps) for steps in (1, 51, 101, 500)]
    assert values == pytest.approx([0.9, 0.95, 1.0, 1.0])
    assert bgrl(momentum=0.9, total_steps=None).momentum_after(500) == 0.9


def test_target_gets_no_gradient_and_no_optimiser():
    method = bgrl()
    before = [p.clone() for p in method.target.parameters()]
    fit(method, GRAPH, epochs=1, lr=0.1, progress=False)
    after = list(method.target.parameters())
    assert all(torch.equal(p, q) for p, q in zip(before, after, strict=True))  # one step: no move
    assert all(p.grad is None and not p.requires_grad for p in after)
    assert all(
        p.grad is not None for p in [*method.encoder.parameters(), *method.predictor.parameters()]
    )


def test_resumed_training_equals_unbroken_training(tmp_path):
    whole, broken = bgrl(total_steps=6), bgrl(total_steps=6)
    fit(whole, GRAPH, epochs=6, lr=0.1, progress=False)
    fit(broken, GRAPH, epochs=3, lr=0.1, progress=False, out=tmp_path)
    again = bgrl(total_steps=6)
    fit(again, GRAPH, epochs=6, lr=0.1, progress=False, out=tmp_path, resume=True)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_options_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"momentum must be a probability .* got 1.1"):
        bgrl(momentum=1.1)
    with pytest.raises(ValueError, match="total_steps must be at least 1, got 0"):
        bgrl(total_steps=0)
    with pytest.raises(ValueError, match="fresh=True would be without effect: nothing in Identity"):
        TargetMethod(
            nn.Identity(), nn.Identity(), fresh_target=True, momentum=0.5, total_steps=None
        )


def test_recipes_plan_as_many_steps_as_they_train():
    contents = [recipes.read(name) for name in recipes.names()]
    planned = [c for c in contents if "total_steps" in c["method"]]
    assert {c["method"]["name"] for c in planned} >= {"afgrl", "bgrl"}
    assert all(c["method"]["total_steps"] == c["fit"]["epochs"] for c in planned)
