r"""CSGCL's training step beside a dense reference: time, memory, and the preparation of a graph.

Legend: N nodes, M edges, D width.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv

from gcl.benchmark.config import for_pair
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.step import step_of
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.run import load_graph
from gcl.encoders import ProjectionHead
from gcl.methods import CSGCL

SIDES = ("ours", "bf16", "dense")
EDGE_DROP, FEATURE_MASK, TEMPERATURE = (0.5, 0.7), (0.1, 0.1), 0.3

# A child process runs it: on a tiny graph first, then on the data set.
_SETUP = """
from gcl.benchmark.kernels.csgcl import build, graph_of
from gcl.benchmark.kernels.step import step_of
def use(name):
    global work
    data = graph_of(name)
    work = step_of(build({side!r}, data, {width}), data)
use("karate")
"""


class DenseCSGCL(nn.Module):
    r"""CSGCL on PyG's ``GCNConv`` and matrices of all pairs: the reference of the benchmark.

    The probabilities of the views come from ``ours``, so that the sides differ in the step alone.
    """

    def __init__(self, data: Data, out_channels: int, ours: CSGCL) -> None:
        super().__init__()
        self.first = GCNConv(data.num_features, 2 * out_channels)
        self.second = GCNConv(2 * out_channels, out_channels)
        self.projector = ProjectionHead(out_channels)
        self.masks, self.drops, self.strength = prepare(ours, data)

    def step(self, data: Data) -> Tensor:
        r"""Return the loss of two views, with a team-up coefficient of 1."""
        z = []
        for drop, mask in zip(self.drops, self.masks, strict=True):
            edge_index = data.edge_index[:, torch.rand(len(drop)) >= drop]
            x = data.x * (torch.rand(len(mask)) >= mask)
            h = self.first(x, edge_index).relu()
            z.append(self.projector(self.second(h, edge_index).relu()))
        return dense_team_up(z[0], z[1], self.strength, 1.0, TEMPERATURE)


def dense_team_up(
    z1: Tensor, z2: Tensor, strength: Tensor, gamma: float, temperature: float
) -> Tensor:
    r"""CSGCL's loss as its formula reads: strengths are added to four N x N matrices.

    Shapes:
        z1 [N, D], z2 [N, D], strength [N] -> scalar
    """
    u, v = F.normalize(z1), F.normalize(z2)
    pairs = gamma * (strength[:, None] + strength)  # [N, N]
    losses = [_one_direction(*views, pairs, temperature) for views in ((u, v), (v, u))]
    return torch.stack(losses).mean()


def _one_direction(u: Tensor, v: Tensor, pairs: Tensor, temperature: float) -> Tensor:
    same = ((u @ u.t() + pairs) / temperature).exp()  # [N, N]
    other = ((u @ v.t() + pairs) / temperature).exp()  # [N, N]
    return -(other.diag() / (same.sum(1) + other.sum(1) - same.diag())).log().mean()


def prepare(method: CSGCL, data: Data) -> tuple[list[Tensor], list[Tensor], Tensor]:
    r"""Compute what depends on the graph alone; the method then remembers it.

    Returns:
        Probabilities of masking columns and of dropping edges in each view: [F] and [M]; and the
        strengths of the nodes' communities: [N].
    """
    columns, edges = zip(*(view.transforms for view in method.augmenters), strict=True)
    masks = [view.mask_probability(data) for view in columns]
    drops = [view.drop_probability(data) for view in edges]
    return masks, drops, method.communities(data.edge_index, data.num_nodes).strength


def build(side: str, data: Data, width: int) -> nn.Module:
    r"""A model that is ready to step: ``"ours"``, ``"bf16"`` or ``"dense"``."""
    ours = CSGCL(
        data.num_features,
        out_channels=width,
        activation="relu",
        edge_drop=EDGE_DROP,
        feature_mask=FEATURE_MASK,
        temperature=TEMPERATURE,
        team_up_start=0,
        precision="bf16" if side == "bf16" else "highest",
    )
    ours.clock.steps.fill_(100)  # where the coefficient reaches 1
    prepare(ours, data)
    return DenseCSGCL(data, width, ours) if side == "dense" else ours


def graph_of(name: str) -> Data:
    r"""The graph of a data set, as CSGCL's recipe takes it."""
    return load_graph(for_pair("csgcl", name))


def time_csgcl(
    datasets: Sequence[str] = ("photo",), width: int = 256, repeats: int = 5
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set: one step of each side, forward and backward.

    Seconds and ratios, also of the preparation of the graph (detection of communities and all
    probabilities); peak MiB of each side beyond graph, weights and what was prepared.
    """
    for name in datasets:
        data = graph_of(name)
        steps = {side: step_of(build(side, data, width), data) for side in SIDES}
        seconds = compare({**steps, "preparation": partial(_prepare_anew, data)}, repeats)
        yield {
            "dataset": name,
            "N": data.num_nodes,
            "M": data.num_edges,
            "D": width,
            **{f"{part}_seconds": value for part, value in seconds.items()},
            **{f"{side}_ratio": seconds["dense"] / seconds[side] for side in SIDES[:2]},
            **{f"{side}_extra": _peak_of(side, name, width) for side in SIDES},
        }


def _prepare_anew(data: Data) -> None:
    prepare(CSGCL(data.num_features), data)


def _peak_of(side: str, name: str, width: int) -> float | None:
    return extra_megabytes(_SETUP.format(side=side, width=width), f"use({name!r})")
