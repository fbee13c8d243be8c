r"""Propagation beside the gather-scatter message passing of PyG.

Legend: N nodes, M edges, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv
from torch_geometric.utils import to_undirected

from gcl.augmenters import EdgeDrop
from gcl.benchmark.config import for_pair
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.run import load_graph
from gcl.encoders import GCN


def random_graph(num_nodes: int, num_pairs: int) -> Data:
    r"""Undirected edges between uniformly drawn nodes."""
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randint(0, num_nodes, (2, num_pairs), generator=generator)
    return Data(edge_index=to_undirected(pairs, num_nodes=num_nodes), num_nodes=num_nodes)


def time_propagation(
    datasets: Sequence[str] = ("cora", "photo"),
    width: int = 256,
    repeats: int = 7,
    random_nodes: int = 20_000,
) -> Iterator[dict[str, Any]]:
    r"""One record for each graph: a GCN layer [D -> D] with edge dropping, there and back.

    The random graph has ten directed edges per node.
    """
    graphs = {f"random, {random_nodes:,} nodes": random_graph(random_nodes, 5 * random_nodes)}
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
