import pytest
import torch
from torch_geometric.data import Data

from gcl.evaluation import ValidationProbe, node_classification
from gcl.loaders import NodeSplit, random_split
from gcl.methods import DGI
from gcl.training import fit

Y = torch.arange(60) % 3
SPLIT = random_split(60, train=0.3, val=0.3, y=Y, seed=1)


class Fixed(torch.nn.Module):
    """A method whose embeddings are given."""

    def __init__(self, h):
        super().__init__()
        self.h = h

    def embed(self, data):
        return self.h


def graph(y=Y):
    return Data(x=torch.rand(60, 5), edge_index=torch.tensor([[0], [1]]), y=y)


def test_the_share_of_validation_nodes_that_are_right():
    h = torch.nn.functional.one_hot(Y).float()
    assert ValidationProbe(graph(), SPLIT)(Fixed(h)) == 1.0
    wrong = SPLIT.val.nonzero()[:3, 0]
    h[wrong] = h[wrong].roll(1, dims=1)
    assert ValidationProbe(graph(), SPLIT)(Fixed(h)) == pytest.approx(15 / 18)


def test_it_is_the_accuracy_that_the_final_probe_has_there():
    h = torch.randn(60, 4) + 2 * torch.nn.functional.one_hot(Y, 4)
    swapped = NodeSplit(SPLIT.train, SPLIT.test, SPLIT.val)
    expected = node_classification(h, Y, swapped, grid=[1.0]).mean
    assert ValidationProbe(graph(), SPLIT, grid=[1.0])(Fixed(h)) == pytest.approx(expected)


def test_test_labels_do_not_matter():
    h = torch.randn(60, 4)
    shuffled = Y.clone()
    shuffled[SPLIT.test] = torch.randint(3, (int(SPLIT.test.sum()),))
    scores = [ValidationProbe(graph(y), SPLIT)(Fixed(h)) for y in (Y, shuffled)]
    assert scores[0] == scores[1]


def test_early_stopping_with_it():
    data = graph()
    method = DGI(5, out_channels=8)
    probe = ValidationProbe(data, SPLIT)
    result = fit(method, data, epochs=30, probe=probe, patience=3, progress=False)
    assert result.best_value == max(result.probes.values()) == probe(method)
    assert result.stopped_early


def test_bad_input_is_named():
    with pytest.raises(TypeError, match="split must be a NodeSplit, got 3"):
        ValidationProbe(graph(), 3)
    with pytest.raises(ValueError, match="split must be over the labelled nodes of data"):
        ValidationProbe(graph(Y[:50]), SPLIT)
    with pytest.raises(ValueError, match=r"split\.val has no labelled node"):
        ValidationProbe(graph(), random_split(60, val=0.0))


def test_no_label_of_the_graph_is_kept():
    data = graph()
    data.test_mask = Y == 0
    probe = ValidationProbe(data, SPLIT)
    assert "y" not in probe.data
    assert "test_mask" not in probe.data
    assert torch.equal(data.y, Y)  # that of the caller stays
