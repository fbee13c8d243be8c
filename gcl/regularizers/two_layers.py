r"""The encoder that bounds are known for: two graph convolutions, each activated."""

from typing import cast

from torch import nn

from gcl.checks import describe
from gcl.encoders.gcn import GCN, GCNLayer
from gcl.functional.compactness import Network

_LEAKY = (nn.ReLU, nn.PReLU, nn.LeakyReLU)


def read_network(encoder: nn.Module) -> Network:
    r"""What follows the first linear map of a two-layer :class:`~gcl.encoders.GCN`.

    Raises:
        TypeError: for another encoder.
        ValueError: for a GCN of another depth, or with anything between its layers but an
            activation that is linear on either side of zero.

    Example:
        >>> read_network(GCN(8, 4, 2, activation="prelu")).slopes
        (0.25, 0.25)
    """
    if not isinstance(encoder, GCN):
        raise TypeError(f"encoder must be a two-layer gcl.encoders.GCN, got {describe(encoder)}")
    faults = {
        f"num_layers={encoder.num_layers}": encoder.num_layers != 2,
        "activate_last=False": len(encoder.norms) < encoder.num_layers,
        f"dropout={encoder.dropout.p}": encoder.dropout.p > 0,
        f"input_dropout={encoder.input_dropout.p}": encoder.input_dropout.p > 0,
        "skip=True": encoder.skip,
        "normalize=False": not encoder.normalize,
        "a norm": any(not isinstance(norm, nn.Identity) for norm in encoder.norms),
        f"activation {encoder.activations[0]}": not all(
            isinstance(activation, _LEAKY) for activation in encoder.activations
        ),
    }
    for fault, found in faults.items():
        if found:
            raise ValueError(
                "encoder must be a GCN of two layers, both activated by relu, prelu, leaky_relu or "
                "rrelu, on the normalised adjacency, without norm, skip or dropout; "
                f"got one with {fault}"
            )
    first, second = (cast(GCNLayer, layer) for layer in encoder.layers)
    slopes = [_slope(activation) for activation in encoder.activations]
    return Network(second.lin.weight.t(), (first.bias, second.bias), (slopes[0], slopes[-1]))


def _slope(activation: nn.Module) -> float:
    if isinstance(activation, nn.PReLU):
        return activation.weight.item()
    return activation.negative_slope if isinstance(activation, nn.LeakyReLU) else 0.0
