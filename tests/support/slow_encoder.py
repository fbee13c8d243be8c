"""Encoders and losses in float64, written out from their formulas with dense matrices and loops."""

import torch


def adjacency(edge_index, num_nodes):
    """The normalised adjacency with self loops, dense."""
    a = torch.eye(num_nodes, dtype=torch.float64)
    for source, target in edge_index.t().tolist():
        a[target, source] = 1.0
    root = a.sum(1).rsqrt()
    return root[:, None] * a * root


def normalised(x):
    """Batch normalisation with the statistics of the batch, scale 1 and shift 0."""
    return (x - x.mean(0)) / (x.var(0, unbiased=False) + 1e-5).sqrt()


def prelu(x, slope):
    """x where positive, else slope times x."""
    return torch.where(x > 0, x, slope * x)


def gcn(encoder, x, edge_index, norm=True, activate_last=True):
    """A stack of graph convolutions with the weights of ``encoder``, in training mode."""
    a, x = adjacency(edge_index, len(x)), x.double()
    for i, layer in enumerate(encoder.layers):
        x = a @ x @ layer.lin.weight.double().t() + layer.bias.double()
        if i < len(encoder.layers) - 1 or activate_last:
            x = normalised(x) if norm else x
            activation = encoder.activations[i % len(encoder.activations)]
            x = prelu(x, activation.weight.item() if hasattr(activation, "weight") else 0.0)
    return x


def head(predictor, h):
    """A prediction head with the weights of ``predictor``, in training mode."""
    first, *norm, activation, last = predictor.net
    h = h @ first.weight.double().t() + first.bias.double()
    h = normalised(h) if norm else h
    h = prelu(h, activation.weight.item())
    return h @ last.weight.double().t() + last.bias.double()


def standardised(z):
    """Columns with mean 0 and unbiased standard deviation 1."""
    return (z - z.mean(0)) / z.std(0)
