import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, ToUndirected

from gcl.augmenters import (
    AdaptiveFeatureMask,
    EdgeAdd,
    EdgeDrop,
    FeatureMask,
    FeatureShuffle,
    NodeDrop,
    RandomChoice,
)
from gcl.regularizers.drop_rates import drop_probability

DATA = Data(edge_index=torch.tensor([[0, 1, 2], [1, 0, 1]]), num_nodes=3)


class ByEdge:
    """A transform that drops every edge with a probability of its own."""

    def drop_probability(self, data):
        return torch.tensor([0.0, 0.5, 1.0])


def test_rates_of_transforms_in_turn():
    assert all(drop_probability(EdgeDrop(p), DATA) == p for p in (0.1, 0.3, 0.7))  # to the bit
    assert drop_probability(EdgeDrop(0.3, undirected=True), DATA) == pytest.approx(0.3)
    assert drop_probability(FeatureMask(0.3), DATA) == 0
    assert drop_probability(AdaptiveFeatureMask(0.3), DATA) == 0
    chain = Compose([EdgeDrop(0.2), FeatureShuffle(), Compose([EdgeDrop(0.5)])])
    assert drop_probability(chain, DATA) == pytest.approx(1 - 0.8 * 0.5)


def test_rates_of_single_edges():
    p = drop_probability(Compose([ByEdge(), EdgeDrop(0.2)]), DATA)
    torch.testing.assert_close(p, torch.tensor([0.2, 0.6, 1.0]))


@pytest.mark.parametrize(
    "transform",
    [NodeDrop(0.1), EdgeAdd(0.1), RandomChoice([EdgeDrop(0.1)]), ToUndirected()],
)
def test_other_changes_of_the_edges_are_named(transform):
    for augmenter in (transform, Compose([EdgeDrop(0.1), transform])):
        with pytest.raises(TypeError, match=rf"augmenters must .* got {type(transform).__name__}"):
            drop_probability(augmenter, DATA)
