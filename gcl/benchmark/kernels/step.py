r"""Training steps and propagation beside gather-scatter references.

Legend: N nodes, M edges, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv
from torch_geometric.utils import dropout_edge, to_undirected

from gcl.augmenters import EdgeDrop
from gcl.benchmark.config import for_pair
from gcl.benchmark.kernels.dense import dense_nt_xent, masked_nt_xent
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.run import load_graph
from gcl.encoders import GCN, ProjectionHead
from gcl.methods import GRACE

EDGE_DROP, FEATURE_MASK = (0.3, 0.4), (0.3, 0.3)


class DenseGRACE(nn.Module):
    r"""GRACE on PyG's ``GCNConv`` and a dense loss: the reference of the benchmark."""

    def __init__(
        self, in_channels: int, out_channels: int, temperature: float, masks: bool
    ) -> None:
        super().__init__()
        self.first = GCNConv(in_channels, 2 * out_channels)
        self.second = GCNConv(2 * out_channels, out_channels)
        self.projector = ProjectionHead(out_channels)
        self.temperature = temperature
        self.masks = masks

    def step(self, data: Data) -> torch.Tensor:
        r"""Return the loss of two views."""
        z = []
        for drop, mask in zip(EDGE_DROP, FEATURE_MASK, strict=True):
            edge_index, _ = dropout_edge(data.edge_index, p=drop)
            x = data.x * (torch.rand(data.num_features) >= mask)
            h = self.first(x, edge_index).relu()
            z.append(self.projector(self.second(h, edge_index).relu()))
        loss = masked_nt_xent if self.masks else dense_nt_xent
        return loss(z[0], z[1], self.temperature)


def time_steps(
    datasets: Sequence[str] = ("cora", "citeseer", "photo"), width: int = 128, repeats: int = 5
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set: seconds of one GRACE step, forward, backward, and ratios."""
    for name in datasets:
        data = load_graph(for_pair("grace", name))
        ours = GRACE(
            data.num_features,
            out_channels=width,
            temperature=0.4,
            edge_drop=EDGE_DROP,
            feature_mask=FEATURE_MASK,
        )
        models = {
            "ours": ours,
            "dense": DenseGRACE(data.num_features, width, 0.4, masks=False),
            "masked": DenseGRACE(data.num_features, width, 0.4, masks=True),
        }
        seconds = compare({k: _step_of(m, data) for k, m in models.items()}, repeats)
        yield {
            "dataset": name,
            "N": data.num_nodes,
            "M": data.num_edges,
            "D": width,
            **{f"{side}_seconds": value for side, value in seconds.items()},
            "dense_ratio": seconds["dense"] / seconds["ours"],
            "masked_ratio": seconds["masked"] / seconds["ours"],
        }


def _step_of(model: nn.Module, data: Data) -> Callable[[], None]:
    def step() -> None:
        model.zero_grad()
        model.step(data).backward()  # type: ignore[operator]

    return step


def random_graph(num_nodes: int, num_pairs: int) -> Data:
    r"""Undirected edges between uniformly drawn nodes."""
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randint(0, num_nodes, (2, num_pairs), generator=generator)
    return Data(edge_index=to_undirected(pairs, num_nodes=num_nodes), num_nodes=num_nodes)


def time_propagation(
    datasets: Sequence[str] = ("cora", "photo"), width: int = 256, repeats: int = 7
) -> Iterator[dict[str, Any]]:
    r"""One record for each graph: a GCN layer [D -> D] with edge dropping, there and back."""
    graphs = {"random, 20,000 nodes": random_graph(20_000, 100_000)}
    graphs |= {name: load_graph(for_pair("grace", name)) for name in datasets}
    for name, data in graphs.items():
        x = torch.randn(data.num_nodes, width, requires_grad=True)
        ours = GCN(width, width, width, 1, activation="identity")
        reference = GCNConv(width, width)
        sides = {"ours": (ours, EdgeDrop(0.3)), "gather_scatter": (reference, EdgeDrop(0.3))}
        seconds = compare({k: _pass_of(m, t, x, data) for k, (m, t) in sides.items()}, repeats)
        yield {
            "graph": name,
            "N": data.num_nodes,
            "M": data.num_edges,
            "D": width,
            **{f"{side}_seconds": value for side, value in seconds.items()},
            "ratio": seconds["gather_scatter"] / seconds["ours"],
        }


def _pass_of(layer: nn.Module, drop: EdgeDrop, x: torch.Tensor, data: Data) -> Callable[[], None]:
    def step() -> None:
        layer(x, drop(data).edge_index).sum().backward()

    return step
