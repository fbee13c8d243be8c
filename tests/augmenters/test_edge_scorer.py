import pytest
import torch
from torch_geometric import EdgeIndex

from gcl.augmenters.edge_scorer import EdgeScorer


def test_equals_the_network_on_joined_embeddings():
    scorer, h = EdgeScorer(3, 5).double(), torch.randn(4, 3, dtype=torch.float64)
    edge_index = torch.tensor([[0, 1, 3, 3], [1, 0, 3, 2]])
    out = scorer(h, edge_index)
    for score, (i, j) in zip(out, edge_index.t().tolist(), strict=True):
        hidden = scorer.first(torch.cat([h[i], h[j]])).relu()
        assert torch.allclose(score, scorer.last(hidden)[0], rtol=1e-12)
    assert torch.equal(out, scorer(h, EdgeIndex(edge_index)))


def test_no_edges_and_bad_widths():
    assert EdgeScorer(2)(torch.ones(3, 2), torch.empty(2, 0, dtype=torch.long)).shape == (0,)
    with pytest.raises(ValueError, match="out_channels must be at least 1, got 0"):
        EdgeScorer(0)
    with pytest.raises(TypeError, match=r"hidden_channels must be an integer, got 2\.5"):
        EdgeScorer(2, 2.5)
