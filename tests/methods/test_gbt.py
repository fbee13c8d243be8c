import pytest
import torch
from support.slow_encoder import gcn, standardised
from torch_geometric.data import Data

from gcl.encoders import PReLU
from gcl.methods import GBT

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


@pytest.mark.parametrize("redundancy", [None, 0.25])
def test_step_is_the_loss_of_the_formula(redundancy):
    graph = Data(x=torch.rand(7, 8), edge_index=EDGES)
    method = GBT(8, out_channels=3, redundancy=redundancy, edge_drop=(0, 0), feature_mask=(0, 0))
    z = standardised(gcn(method.encoder, graph.x, EDGES, activate_last=False))
    c = z.t() @ z / 7
    weight = 1 / 3 if redundancy is None else redundancy
    expected = sum(
        (1 - c[a, a].item()) ** 2 if a == b else weight * c[a, b].item() ** 2
        for a in range(3)
        for b in range(3)
    )
    assert method.step(graph).item() == pytest.approx(expected, abs=1e-4)


def test_defaults_are_those_of_the_authors_code():
    method = GBT(8)
    encoder = method.encoder
    assert (encoder.hidden_channels, encoder.out_channels, encoder.num_layers) == (512, 256, 2)
    assert [norm.module.momentum for norm in encoder.norms] == [0.01]  # the hidden layer only
    assert [type(a) for a in encoder.activations] == [PReLU]
    rates = [[t.p for t in view.transforms] for view in method.augmenters]
    assert rates == [[0.1, 0.3], [0.1, 0.3]]
    assert method.loss.redundancy is None


def test_every_hidden_layer_has_a_norm_and_a_slope_of_its_own():
    encoder = GBT(8, 6, 6, num_layers=3).encoder
    assert len(encoder.norms) == len(encoder.activations) == 2


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="redundancy must be .* got -1"):
        GBT(8, redundancy=-1)
    with pytest.raises(ValueError, match="norm_momentum must be .* got 2"):
        GBT(8, norm_momentum=2)
