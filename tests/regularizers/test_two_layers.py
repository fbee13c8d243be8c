import pytest
import torch
from torch import nn
from torch_geometric.nn import GCN as PyGGCN

from gcl.encoders import GCN, SAGE
from gcl.regularizers.two_layers import read_network


@pytest.mark.parametrize(
    ("options", "slopes"),
    [
        ({}, (0.0, 0.0)),
        ({"activation": "prelu"}, (0.5, 0.5)),
        ({"activation": "prelu", "shared_activation": False}, (0.5, 0.75)),
        ({"activation": "rrelu"}, (11 / 48, 11 / 48)),
    ],
)
def test_the_network_computes_what_the_encoder_does(options, slopes):
    encoder = GCN(5, 6, 3, 2, **options)
    with torch.no_grad():
        for activation, slope in zip(encoder.activations, slopes, strict=False):
            if isinstance(activation, nn.PReLU):
                activation.weight.fill_(slope)
        for layer in encoder.layers:
            layer.bias.normal_()
    network = read_network(encoder)
    assert network.slopes == slopes
    x, edge_index = torch.randn(4, 5), torch.tensor([[0, 1, 2], [1, 0, 3]])
    a = encoder.prepare(x, edge_index, None)
    first = nn.functional.leaky_relu
    hidden = first(a @ encoder.layers[0].transform(x) + network.biases[0], slopes[0])
    out = first((a @ hidden) @ network.weight + network.biases[1], slopes[1])
    torch.testing.assert_close(out, encoder(x, edge_index))


@pytest.mark.parametrize("encoder", [SAGE(4, 4, 4), PyGGCN(4, 4, 2, 4), nn.Linear(4, 4)])
def test_other_encoders_are_refused(encoder):
    with pytest.raises(TypeError, match=r"encoder must be a two-layer gcl.encoders.GCN, got"):
        read_network(encoder)


@pytest.mark.parametrize(
    ("layers", "options", "fault"),
    [
        (1, {}, "num_layers=1"),
        (3, {}, "num_layers=3"),
        (2, {"activation": "elu"}, "activation ELU"),
        (2, {"activation": "identity"}, "activation Identity"),
        (2, {"activate_last": False}, "activate_last=False"),
        (2, {"norm": "batch"}, "a norm"),
        (2, {"normalize": False}, "normalize=False"),
        (2, {"skip": True}, "skip=True"),
        (2, {"dropout": 0.5}, "dropout=0.5"),
        (2, {"input_dropout": 0.9}, "input_dropout=0.9"),
    ],
)
def test_networks_without_bounds_are_refused(layers, options, fault):
    with pytest.raises(
        ValueError, match=f"encoder must be a GCN of two layers.*got one with {fault}"
    ):
        read_network(GCN(4, 4, 4, layers, **options))
