import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import NodeDrop
from gcl.datasets import load
from gcl.evaluation import node_compactness
from gcl.evaluation.compactness import incoming_degree, rank_correlation
from gcl.methods import DGI, GRACE
from gcl.regularizers import POT


@pytest.fixture
def data():
    return load("karate")[0]


def grace(data, **options):
    torch.manual_seed(0)
    return GRACE(data.num_features, out_channels=8, **options)


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_is_the_mean_over_draws_and_views(data, mode):
    method = grace(data)
    torch.manual_seed(1)
    ours = node_compactness(method, data, draws=3, mode=mode)
    torch.manual_seed(1)
    pairs = [POT(mode=mode).compactness(method, method.draw(data)) for _ in range(3)]
    expected = sum(first + second for first, second in pairs) / 6
    torch.testing.assert_close(ours, expected.detach())
    assert not ours.requires_grad
    assert method.training


def test_without_dropping_draws_agree(data):
    method = grace(data, edge_drop=(0, 0), feature_mask=(0, 0))
    once = node_compactness(method, data, draws=1)
    torch.testing.assert_close(node_compactness(method, data, draws=4), once)


def test_what_it_cannot_score(data):
    with pytest.raises(TypeError, match="method must draw two views, as GRACE does, got DGI"):
        node_compactness(DGI(data.num_features, out_channels=8), data)
    with pytest.raises(ValueError, match="draws must be at least 1, got 0"):
        node_compactness(grace(data), data, draws=0)
    with pytest.raises(ValueError, match="mode must be one of"):
        node_compactness(grace(data), data, mode="both")
    method = grace(data, augmenters=(NodeDrop(0.1), NodeDrop(0.1)))
    with pytest.raises(TypeError, match="augmenters must change the edges by dropping"):
        node_compactness(method, data)


def test_degree_counts_edges_into_a_node_without_loops():
    edge_index = torch.tensor([[0, 1, 2, 2], [1, 1, 1, 0]])
    assert incoming_degree(Data(edge_index=edge_index, num_nodes=4)).tolist() == [1, 2, 0, 0]


def test_rank_correlation():
    x = torch.tensor([1, 2, 3, 9])
    assert rank_correlation(x, x.double() ** 3) == pytest.approx(1)
    assert rank_correlation(x, -x) == pytest.approx(-1)
    assert rank_correlation(x, torch.ones(4)) is None
    assert rank_correlation(x[:1], x[:1]) is None
