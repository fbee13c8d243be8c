import pytest
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from gcl.augmenters import AdaptiveEdgeDrop, AdaptiveFeatureMask, EdgeDrop, FeatureMask
from gcl.encoders import encode
from gcl.losses import nt_xent
from gcl.methods import GCA

EDGES = torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]])


@pytest.fixture
def star():
    """Node 0 is the centre, node 4 stands alone; column 0 is the centre's, column 1 a leaf's."""
    x = torch.tensor([[1.0, 0, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0]])
    return Data(x=x, edge_index=EDGES)


def test_views_are_adaptive_with_their_rates_in_order():
    method = GCA(8, edge_drop=(0.1, 0.2), feature_mask=(0.3, 0.4), centrality="pagerank")
    columns, edges = zip(*(view.transforms for view in method.augmenters), strict=True)
    assert all(type(t) is AdaptiveFeatureMask for t in columns)
    assert all(type(t) is AdaptiveEdgeDrop for t in edges)
    assert [t.p for t in columns] == [0.3, 0.4]
    assert [t.p for t in edges] == [0.1, 0.2]
    assert {t.max_p for t in (*columns, *edges)} == {0.7}
    shared = {id(t.centrality) for t in (*columns, *edges)}
    assert len(shared) == 1
    assert columns[0].centrality.kind == "pagerank"


def test_what_is_central_stays_in_every_view(star):
    method = GCA(3, out_channels=4, edge_drop=(0.3, 0.3), feature_mask=(0.3, 0.3))
    for _ in range(10):
        for view in (augment(star) for augment in method.augmenters):
            assert (view.edge_index[1] == 0).sum() == 3
            assert torch.equal(view.x[:, 2], star.x[:, 2])


def test_the_step_is_the_loss_of_the_drawn_views(star):
    method, seen = GCA(3, out_channels=4, temperature=0.7), []
    draw = method.augmenters
    method.augmenters = tuple(lambda g, a=a: seen.append(a(g)) or seen[-1] for a in draw)
    loss = method.step(star)
    z1, z2 = (method.projector(encode(method.encoder, view)) for view in seen)
    torch.testing.assert_close(loss, nt_xent(z1, z2, temperature=0.7))


def test_dense_features_count_by_size():
    method = GCA(8, binary_features=False)
    assert [view.transforms[0].binary for view in method.augmenters] == [False, False]


def test_a_regulariser_sees_the_step(star):
    class Add(nn.Module):
        def forward(self, loss, method, drawn):
            return loss * 0 + len(drawn.views) + drawn.embeddings[0].size(1)

    assert GCA(3, out_channels=4, pot=Add()).step(star).item() == 6


def test_arguments_that_would_be_ignored_or_unknown():
    views = (FeatureMask(0.1), Compose([EdgeDrop(0.1)]))
    with pytest.raises(ValueError, match="centrality would be ignored beside augmenters"):
        GCA(8, centrality="pagerank", augmenters=views)
    with pytest.raises(ValueError, match="binary_features would be ignored beside augmenters"):
        GCA(8, binary_features=False, augmenters=views)
    with pytest.raises(ValueError, match="edge_drop would be ignored beside augmenters"):
        GCA(8, edge_drop=(0.1, 0.1), augmenters=views)
    with pytest.raises(ValueError, match="centrality must be one of degree"):
        GCA(8, centrality="closeness")
    with pytest.raises(TypeError, match="binary_features must be True or False, got 1"):
        GCA(8, binary_features=1)
