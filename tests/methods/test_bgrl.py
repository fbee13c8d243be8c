import pytest
import torch
from support.slow_encoder import gcn, head
from torch import nn
from torch.nn.functional import cosine_similarity
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gcl.augmenters import EdgeDrop, NodeDrop
from gcl.encoders import GCN, PReLU
from gcl.methods import BGRL

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


class Scale(BaseTransform):
    """A view without chance: features times a factor for each column."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, data):
        data.x = data.x * self.factor
        return data


@pytest.fixture
def graph():
    return Data(x=torch.rand(5, 8), edge_index=EDGES)


def test_step_is_the_loss_of_the_formula(graph):
    views = [Scale(torch.rand(8)), Scale(torch.rand(8))]
    method = BGRL(8, out_channels=6, prediction_channels=7, augmenters=views)
    x1, x2 = (view(graph.clone()).x for view in views)
    q1, q2 = (head(method.predictor, gcn(method.encoder, x, EDGES)) for x in (x1, x2))
    y1, y2 = (gcn(method.target.module, x, EDGES) for x in (x1, x2))
    terms = [
        2 - cosine_similarity(q1[i], y2[i], dim=0) - cosine_similarity(q2[i], y1[i], dim=0)
        for i in range(5)
    ]
    expected = sum(terms).item() / 5
    assert method.step(graph).item() == pytest.approx(expected, abs=1e-5)


def test_defaults_are_those_of_the_authors_code():
    method = BGRL(8)
    encoder = method.encoder
    assert (encoder.hidden_channels, encoder.out_channels, encoder.num_layers) == (256, 128, 2)
    assert [norm.module.momentum for norm in encoder.norms] == [0.99, 0.99]
    assert len(encoder.activations) == 2
    assert all(isinstance(a, nn.PReLU) for a in encoder.activations)
    assert [type(m) for m in method.predictor.net] == [nn.Linear, PReLU, nn.Linear]
    assert method.predictor.net[0].out_features == 512
    rates = [[t.p for t in view.transforms] for view in method.augmenters]
    assert rates == [[0.4, 0.1], [0.1, 0.2]]


def test_target_starts_from_weights_of_its_own_unless_told_otherwise():
    own, copied = BGRL(8, out_channels=6), BGRL(8, out_channels=6, fresh_target=False)
    name = "layers.0.lin.weight"
    assert not torch.equal(own.target.module.get_parameter(name), own.encoder.get_parameter(name))
    for key, tensor in copied.encoder.state_dict().items():
        assert torch.equal(copied.target.module.state_dict()[key], tensor)


def test_views_that_lost_nodes_compare_the_common_ones(graph):
    seen = []
    method = BGRL(8, out_channels=6, augmenters=(NodeDrop(0.4), EdgeDrop(0.2)))
    method.loss.register_forward_pre_hook(lambda _, rows: seen.append([len(r) for r in rows]))
    for _ in range(5):
        method.step(graph).backward()
    assert all(n == m <= 5 for n, m in seen)
    assert any(n < 5 for n, _ in seen)


def test_layer_normalisation_has_no_running_statistics():
    encoder = BGRL(8, out_channels=6, norm="layer").encoder
    assert [type(norm).__name__ for norm in encoder.norms] == ["LayerNorm", "LayerNorm"]
    with pytest.raises(ValueError, match="norm_momentum=0.5 would be ignored: norm is 'layer'"):
        BGRL(8, norm="layer", norm_momentum=0.5)


def test_arguments_that_would_be_ignored_are_errors():
    with pytest.raises(ValueError, match="norm_momentum=0.01 would be ignored"):
        BGRL(encoder=GCN(8, 8, 6), norm_momentum=0.01)
    with pytest.raises(ValueError, match=r"edge_drop would be ignored beside augmenters, got \(0"):
        BGRL(8, edge_drop=(0.1, 0.1), augmenters=(EdgeDrop(0.1), EdgeDrop(0.1)))
    with pytest.raises(ValueError, match="feature_mask must hold one value for each.*got 0.3"):
        BGRL(8, feature_mask=0.3)
