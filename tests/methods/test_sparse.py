import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.nn import GraphSAGE
from torch_geometric.transforms import Compose

from gcl.augmenters import EdgeAdd, EdgeDrop, FeatureMask, FeatureNoise
from gcl.encoders import GCN
from gcl.methods import GRACE, two_view
from gcl.methods.sparse import with_sparse_features


@pytest.fixture
def bags():
    edge_index = torch.randint(0, 40, (2, 100))
    return Data(x=(torch.rand(40, 300) < 0.02).float(), edge_index=edge_index)


VIEWS = [Compose([EdgeDrop(0.2), FeatureMask(0.3)]), EdgeAdd(0.1)]


def test_features_become_sparse_and_the_graph_stays(bags):
    light = with_sparse_features(bags, GCN(300, 128, 64), VIEWS)
    assert light.x.layout == torch.sparse_csr
    assert bags.x.layout == torch.strided
    assert torch.equal(light.x.to_dense(), bags.x)
    assert light.edge_index is bags.edge_index


def test_features_stay_dense_where_something_needs_them(bags):
    class Scaled(FeatureMask):
        pass

    encoder = GCN(300, 128, 64)
    for other in (FeatureNoise(0.1), Compose([VIEWS[0], FeatureNoise(0.1)]), Scaled(0.1)):
        assert with_sparse_features(bags, encoder, [*VIEWS, other]) is bags
    for other in (GraphSAGE(300, 128, 1, 64), GCN(300, 128, 64, dropout=0.1), GCN(300, 8, 6)):
        assert with_sparse_features(bags, other, VIEWS) is bags
    bags.x = torch.rand(40, 300)
    assert with_sparse_features(bags, encoder, VIEWS) is bags


def test_a_step_is_the_same_with_and_without(bags, monkeypatch):
    method, results = GRACE(300, out_channels=64), []
    for compress in (with_sparse_features, lambda batch, *_: batch):
        monkeypatch.setattr(two_view, "with_sparse_features", compress)
        method.zero_grad()
        torch.manual_seed(3)
        loss = method.step(bags)
        loss.backward()
        results.append([loss.detach(), *(p.grad for p in method.parameters())])
    for sparse, dense in zip(*results, strict=True):
        torch.testing.assert_close(sparse, dense, rtol=1e-5, atol=1e-6)


def test_features_are_read_once_and_anew_after_a_change(bags):
    encoder = GCN(300, 128, 64)
    first, second = (with_sparse_features(bags, encoder, [EdgeDrop(0.5)]).x for _ in range(2))
    assert first is second
    assert first.layout == torch.sparse_csr
    bags.x[0, 0] += 1
    changed = with_sparse_features(bags, encoder, [EdgeDrop(0.5)]).x
    assert torch.equal(changed.to_dense(), bags.x)


def test_gradients_reach_features_that_ask_for_them_after_a_step(bags):
    method = GRACE(300, out_channels=64)
    method.step(bags).backward()
    bags.x.requires_grad_()
    method.step(bags).backward()
    assert bags.x.grad.abs().sum() > 0
