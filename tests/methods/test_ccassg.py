import pytest
import torch
from support.slow_encoder import gcn, standardised
from torch_geometric.data import Data

from gcl.methods import CCASSG

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
NONE = {"edge_drop": (0, 0), "feature_mask": (0, 0)}


@pytest.fixture
def graph():
    return Data(x=torch.rand(7, 8), edge_index=EDGES)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("invariance", ["trace", "distance"])
def test_step_is_the_loss_of_the_formula(graph, num_layers, invariance):
    method = CCASSG(
        8, out_channels=3, num_layers=num_layers, decorrelation=0.1, invariance=invariance, **NONE
    )
    z = standardised(gcn(method.encoder, graph.x, EDGES, norm=False, activate_last=False))
    c = z.t() @ z / 7
    decorrelation = sum((float(a == b) - c[a, b].item()) ** 2 for a in range(3) for b in range(3))
    matched = -c.trace().item() if invariance == "trace" else 0.0  # equal views
    expected = matched + 0.1 * 2 * decorrelation
    assert method.step(graph).item() == pytest.approx(expected, abs=1e-5)


def test_defaults_are_the_papers_for_cora():
    method = CCASSG(8)
    encoder = method.encoder
    assert (encoder.hidden_channels, encoder.out_channels, encoder.num_layers) == (512, 512, 2)
    assert not len([m for m in encoder.modules() if "Norm" in type(m).__name__])
    assert CCASSG(8, out_channels=6).encoder.hidden_channels == 6
    rates = [[t.p for t in view.transforms] for view in method.augmenters]
    assert rates == [[0.4, 0.1], [0.4, 0.1]]


def test_last_layer_has_no_activation(graph):
    assert (CCASSG(8, out_channels=6).embed(graph) < 0).any()


def test_mlp_with_batch_normalisation_reads_no_edges(graph):
    method = CCASSG(8, out_channels=6, encoder="mlp", norm="batch")
    names = [type(norm).__name__ for norm in method.encoder.norms]
    assert names == ["BatchNorm"]  # of the hidden layer only
    alone = Data(x=graph.x, edge_index=EDGES[:, :0])
    assert torch.equal(method.embed(graph), method.embed(alone))


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="decorrelation must be .* got -1"):
        CCASSG(8, decorrelation=-1)
    with pytest.raises(ValueError, match="invariance must be one of trace, distance; got 'tarce'"):
        CCASSG(8, invariance="tarce")
