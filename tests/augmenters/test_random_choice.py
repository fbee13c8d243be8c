import pytest
import torch
import torch_geometric.transforms as T
from torch_geometric.data import Data

from gcl.augmenters import FeatureMask, RandomChoice

DATA = Data(x=torch.ones(1, 1))
KEEP, MASK = FeatureMask(0.0), FeatureMask(1.0)


def masked(choice, draws=2000):
    return sum(choice(DATA).x.item() == 0 for _ in range(draws)) / draws


def test_picks_anew_at_each_call_with_the_given_probabilities():
    assert masked(RandomChoice([KEEP, MASK])) == pytest.approx(0.5, abs=0.06)
    assert masked(RandomChoice([KEEP, MASK], p=[0.8, 0.2])) == pytest.approx(0.2, abs=0.05)
    assert masked(RandomChoice([KEEP, MASK], p=[1.0, 0.0]), 50) == 0


def test_sequences_and_transforms_of_pyg_are_choices():
    choice = RandomChoice([T.Compose([MASK, KEEP])])
    assert choice(DATA).x.item() == 0
    choice = RandomChoice([T.AddSelfLoops()])
    assert choice(Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)).num_edges == 3


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ([[]], ValueError, "transforms must hold at least one"),
        ([KEEP], TypeError, "transforms must be a list of callables"),
        ([[FeatureMask]], TypeError, "transforms must hold instances to call"),
        ([[KEEP, 3]], TypeError, "transforms must hold instances to call, got 3"),
        ([[KEEP, MASK], [0.5]], ValueError, "p must hold 2 probabilities that sum to 1"),
        ([[KEEP, MASK], [0.5, 0.6]], ValueError, "p must hold 2 probabilities that sum to 1"),
        ([[KEEP, MASK], [1.5, -0.5]], ValueError, "p must be a probability"),
        ([[KEEP, MASK], 0.5], TypeError, "p must be a list of probabilities"),
        ([[KEEP], ["x"]], TypeError, "p must be a number, got 'x'"),
    ],
)
def test_bad_input(arguments, error, match):
    with pytest.raises(error, match=match):
        RandomChoice(*arguments)
