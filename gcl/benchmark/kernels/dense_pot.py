r"""GRACE with POT on dense matrices, N x N on purpose: the reference of the benchmark.

Written after the description of the released code: bounds of the adjacency, views and products of
biases are dense matrices.

Legend: N nodes, F features, D1 hidden width, D embedding width.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, normalize
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv
from torch_geometric.utils import degree, dropout_edge, to_dense_adj

from gcl.benchmark.kernels.dense import dense_nt_xent
from gcl.encoders import ProjectionHead

Lines = tuple[Tensor, Tensor, Tensor, Tensor]


class DensePOT(nn.Module):
    r"""GRACE on PyG's ``GCNConv`` with a dense loss and the dense score of POT.

    Args:
        data: the graph, whose bounds are formed once.
        out_channels: width D of the embeddings.
        activation: between and after the layers.
        drops: rates of the views.
        temperature: of the loss.
        kappa: weight of the regulariser; 0 for GRACE alone.
    """

    def __init__(
        self,
        data: Data,
        out_channels: int,
        activation: nn.Module,
        drops: tuple[float, float],
        temperature: float,
        kappa: float,
    ) -> None:
        super().__init__()
        self.first = GCNConv(data.num_features, 2 * out_channels)
        self.second = GCNConv(2 * out_channels, out_channels)
        self.projector = ProjectionHead(out_channels)
        self.activation = activation
        self.drops, self.temperature, self.kappa = drops, temperature, kappa
        self.bounds = [dense_bounds(data, p) for p in drops] if kappa else []
        self.clean = dense_adjacency(data.edge_index, data.num_nodes) if kappa else None

    def step(self, data: Data) -> Tensor:
        r"""Return the loss of two views."""
        edges = [dropout_edge(data.edge_index, p=p)[0] for p in self.drops]
        z = [self.encode(data.x, edge_index) for edge_index in edges]
        u, v = (self.projector(h) for h in z)
        loss = dense_nt_xent(u, v, self.temperature)
        if not self.kappa:
            return loss
        scores = [self.score(data.x, edges[k], z[1 - k], *self.bounds[k]) for k in (0, 1)]
        penalty = sum(binary_cross_entropy_with_logits(c, torch.ones_like(c)) for c in scores)
        return (1 - self.kappa) * loss + self.kappa * penalty / 2

    def encode(self, x: Tensor, edge_index: Tensor) -> Tensor:
        r"""Embed the nodes of a view: [N, D]."""
        return self.activation(self.second(self.activation(self.first(x, edge_index)), edge_index))

    def score(self, x: Tensor, edge_index: Tensor, z: Tensor, up: Tensor, low: Tensor) -> Tensor:
        r"""The released code's score of a view: [N]."""
        n, a = len(x), float(getattr(self.activation, "weight", torch.zeros(())).detach())
        w1, w2 = self.first.lin.weight.t(), self.second.lin.weight.t()  # [F, D1], [D1, D]
        b1, b2 = self.first.bias, self.second.bias
        hidden = self.activation(self.clean @ (x @ w1) + b1)
        lines1 = dense_lines(*product_bounds(up, low, x @ w1, b1), a)
        lines2 = dense_lines(*product_bounds(up, low, hidden @ w2, b2), a)
        unit = normalize(z)
        direction = unit * (n / (n - 1)) - unit.sum(0) / (n - 1)
        coefficient2, offset2 = choose(lines2, direction)
        carried = coefficient2 @ w2.t()  # [N, D1]
        coefficient1, offset1 = choose(lines1, carried)
        view = dense_adjacency(edge_index, n)  # [N, N]
        y = (x * (coefficient1 @ w1.t())).sum(1)
        own1 = (coefficient1 @ (offset1 + b1).t()).diag()  # of an [N, N] product
        own2 = (coefficient2 @ (offset2 + b2).t()).diag()
        return view @ (view @ y + own1) + own2


def dense_adjacency(edge_index: Tensor, n: int) -> Tensor:
    r"""The normalised adjacency with self loops, a row for the edges into each node: [N, N]."""
    a = to_dense_adj(edge_index.flip(0), max_num_nodes=n)[0] + torch.eye(n)
    scale = a.sum(1).rsqrt()
    return scale[:, None] * a * scale


def dense_bounds(data: Data, p: float) -> tuple[Tensor, Tensor]:
    r"""The greatest and the least entries of the normalised adjacency: [N, N] each."""
    n = data.num_nodes
    d = degree(data.edge_index[1], n)
    lost = torch.minimum((d - 1).clamp(min=0), (p * d).round())
    scale = (d + 1 - lost).rsqrt()
    a = to_dense_adj(data.edge_index, max_num_nodes=n)[0] + torch.eye(n)
    return scale[:, None] * a * scale, torch.diag(1 / (d + 1))


def product_bounds(up: Tensor, low: Tensor, s: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    r"""Bounds of the pre-activations: [N, D] each."""
    centre, radius = (up + low) / 2 @ s + b, (up - low) / 2 @ s.abs()
    return centre - radius, centre + radius


def dense_lines(low: Tensor, up: Tensor, a: float) -> Lines:
    r"""Slopes and offsets of the lower and the upper line: [N, D] each."""
    unstable = (low < 0) & (up > 0)
    slope = torch.where(low >= 0, 1.0, a)
    slope = torch.where(unstable, (up - a * low) / (up - low), slope)
    above = torch.where(unstable, (a - 1) * up * low / (up - a * low), 0.0)
    return slope, torch.zeros_like(slope), slope, above


def choose(lines: Lines, weight: Tensor) -> tuple[Tensor, Tensor]:
    r"""Coefficients and offsets: the lower line where the weight is positive, else the upper."""
    low, below, up, above = lines
    positive = weight >= 0
    return torch.where(positive, low, up) * weight, torch.where(positive, below, above)
