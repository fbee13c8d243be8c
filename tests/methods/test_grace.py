import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from gcl.augmenters import EdgeDrop, FeatureMask, NodeDrop
from gcl.losses import nt_xent
from gcl.methods import GRACE

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


@pytest.fixture
def graph():
    return Data(x=torch.rand(5, 8), edge_index=EDGES)


def test_without_corruption_the_step_is_the_loss_of_equal_views(graph):
    method = GRACE(8, out_channels=6, edge_drop=(0, 0), feature_mask=(0, 0), temperature=0.7)
    z, _ = method.project(graph)
    assert torch.isclose(method.step(graph), nt_xent(z, z, temperature=0.7))


def test_rates_reach_the_views_in_order():
    method = GRACE(8, edge_drop=(0.1, 0.2), feature_mask=[0.3, 0.4])
    rates = [[t.p for t in view.transforms] for view in method.augmenters]
    assert rates == [[0.1, 0.3], [0.2, 0.4]]


def test_hidden_width_is_twice_the_embedding():
    assert GRACE(8, out_channels=6).encoder.hidden_channels == 12


def test_views_that_lost_nodes_contrast_the_common_ones(graph):
    seen = []
    method = GRACE(8, out_channels=6, augmenters=(NodeDrop(0.5), EdgeDrop(0.2)))
    method.loss.register_forward_pre_hook(lambda _, z: seen.append([len(v) for v in z]))
    for _ in range(5):
        method.step(graph).backward()
    assert all(n1 == n2 <= 5 for n1, n2 in seen)
    assert any(n1 < 5 for n1, _ in seen)


def test_arguments_that_would_be_ignored_are_errors():
    views = (FeatureMask(0.1), Compose([EdgeDrop(0.1)]))
    with pytest.raises(ValueError, match=r"edge_drop would be ignored beside augmenters, got \(0"):
        GRACE(8, edge_drop=(0.1, 0.1), augmenters=views)
    with pytest.raises(ValueError, match="feature_mask must hold one value for each.*got 0.3"):
        GRACE(8, feature_mask=0.3)
    with pytest.raises(ValueError, match=r"augmenters must hold one value for each"):
        GRACE(8, augmenters=views[:1])
    with pytest.raises(ValueError, match="temperature must be .* got 0"):
        GRACE(8, temperature=0)
    with pytest.raises(ValueError, match="edge_drop must be a probability .* got 1.2"):
        GRACE(8, edge_drop=(1.2, 0.1))
    with pytest.raises(TypeError, match="feature_mask must be a number, got 'a'"):
        GRACE(8, feature_mask=("a", 0.1))
    with pytest.raises(TypeError, match="augmenters must hold instances to call, got 3"):
        GRACE(8, augmenters=(views[0], 3))
