import pytest
import torch
from torch import nn

from gcl.cli import dispatch
from gcl.datasets import load
from gcl.training import fit
from gcl.training.denormals import denormals_as_zero, takes_denormals_as_zero


@pytest.fixture(autouse=True)
def exact():
    """Denormals as they are, before and after."""
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor has no such mode")
    torch.set_flush_denormal(False)
    yield
    assert not takes_denormals_as_zero()


class Decayed(nn.Module):
    """A method that notes what the product of a decayed weight is, in either direction."""

    def __init__(self, error=None):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.error, self.seen = error, []

    def step(self, batch):
        tiny = torch.full((1,), 1e-40)
        self.seen.append((tiny * 0.5).item())
        self.weight.register_hook(lambda grad: self.seen.append((tiny * 0.5).item()))
        if self.error is not None:
            raise self.error
        return (self.weight**2).sum()


def test_fit_takes_them_as_zero_forward_and_backward():
    method = Decayed()
    fit(method, load("karate")[0], epochs=1, progress=False)
    assert method.seen == [0.0, 0.0]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("no")])
def test_the_mode_is_as_before_however_training_ends(error):
    method = Decayed(error)
    with pytest.raises(type(error)):
        fit(method, load("karate")[0], epochs=1, progress=False)
    assert method.seen == [0.0]


def test_a_mode_that_was_chosen_stays():
    torch.set_flush_denormal(True)
    with denormals_as_zero():
        assert takes_denormals_as_zero()
    assert takes_denormals_as_zero()
    torch.set_flush_denormal(False)


def test_commands_run_in_it(monkeypatch):
    seen = []
    monkeypatch.setattr("gcl.cli.listing.run", lambda words: seen.append(takes_denormals_as_zero()))
    assert dispatch.main(["list"]) == 0
    assert seen == [True]


def test_products_of_decayed_weights_are_zero():
    w, x = torch.full((64, 64), 1e-39), torch.rand(64, 64)
    assert (x @ w).abs().max() > 0
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # other threads may have started in their own mode
    with denormals_as_zero():
        assert (x @ w).abs().max() == 0
    torch.set_num_threads(before)
