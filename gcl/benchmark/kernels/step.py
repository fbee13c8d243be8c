r"""Training steps of GRACE beside dense references.

Legend: N nodes, M edges, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv
from torch_geometric.utils import dropout_edge

from gcl.benchmark.config import for_pair
from gcl.benchmark.kernels.dense import dense_nt_xent, masked_nt_xent
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.run import load_graph
from gcl.encoders import ProjectionHead
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


# A child process runs it: on a tiny graph first, then on the data set.
_SETUP = """
from gcl.benchmark.kernels.step import graph_of, models
data, model = None, None
def use(name):
    global data, model
    data = graph_of(name)
    model = models(data, {width})["{side}"]
def work():
    model.zero_grad()
    model.step(data).backward()
use("karate")
"""


def graph_of(name: str) -> Data:
    r"""The graph of a data set, as GRACE's recipe takes it."""
    return load_graph(for_pair("grace", name))


def models(data: Data, width: int) -> dict[str, nn.Module]:
    r"""The package's GRACE in both precisions and both references on one graph, equally wide."""
    ours, low = (
        GRACE(
            data.num_features,
            out_channels=width,
            temperature=0.4,
            edge_drop=EDGE_DROP,
            feature_mask=FEATURE_MASK,
            precision=precision,
        )
        for precision in ("highest", "bf16")
    )
    return {
        "ours": ours,
        "bf16": low,
        "dense": DenseGRACE(data.num_features, width, 0.4, masks=False),
        "masked": DenseGRACE(data.num_features, width, 0.4, masks=True),
    }


def time_steps(
    datasets: Sequence[str] = ("cora", "citeseer", "photo"), width: int = 128, repeats: int = 5
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set: one GRACE step, forward and backward.

    Seconds of the four sides and their ratios; peak MiB of each beyond graph and weights.
    """
    for name in datasets:
        data = graph_of(name)
        sides = models(data, width)
        seconds = compare({k: step_of(m, data) for k, m in sides.items()}, repeats)
        extra = {side: _peak_of(side, name, width) for side in sides}
        yield {
            "dataset": name,
            "N": data.num_nodes,
            "M": data.num_edges,
            "D": width,
            **{f"{side}_seconds": value for side, value in seconds.items()},
            "dense_ratio": seconds["dense"] / seconds["ours"],
            "masked_ratio": seconds["masked"] / seconds["ours"],
            "bf16_dense_ratio": seconds["dense"] / seconds["bf16"],
            "bf16_masked_ratio": seconds["masked"] / seconds["bf16"],
            **{f"{side}_extra": value for side, value in extra.items()},
        }


def _peak_of(side: str, name: str, width: int) -> float | None:
    return extra_megabytes(_SETUP.format(width=width, side=side), f"use({name!r})")


def step_of(model: nn.Module, data: Data) -> Callable[[], None]:
    r"""One training step of a model without its optimiser: forward and backward."""

    def step() -> None:
        model.zero_grad()
        model.step(data).backward()  # type: ignore[operator]

    return step
