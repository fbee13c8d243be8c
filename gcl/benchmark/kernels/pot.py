r"""Training steps with POT beside those without, and beside a dense reference.

Legend: N nodes, M edges, D width.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from torch import nn
from torch_geometric.data import Data

from gcl.benchmark.config import for_pair
from gcl.benchmark.kernels.dense_pot import DensePOT
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.run import load_graph
from gcl.encoders.base import make_activation
from gcl.methods import GRACE
from gcl.regularizers import POT


class Setting(NamedTuple):
    r"""Hyper-parameters of GRACE in the repository of POT."""

    out_channels: int
    activation: str
    drops: tuple[float, float]
    temperature: float
    kappa: float = 0.4


SETTINGS = {
    "cora": Setting(128, "relu", (0.4, 0.3), 0.7),
    "citeseer": Setting(256, "prelu", (0.3, 0.1), 0.9),
    "karate": Setting(8, "relu", (0.4, 0.3), 0.7),
}
SIDES = ("plain", "exact", "fast", "dense_plain", "dense")

# A child process runs it: on a tiny graph first, then on the data set.
_SETUP = """
from gcl.benchmark.kernels.pot import build, graph_of, step_of
def use(name):
    global work
    data = graph_of(name)
    work = step_of(build("{side}", data, name), data)
use("karate")
"""


def graph_of(name: str) -> Data:
    r"""The graph of a data set, as GRACE's recipe takes it."""
    return load_graph(for_pair("grace", name))


def build(side: str, data: Data, name: str) -> nn.Module:
    r"""One side of the comparison.

    Args:
        side: ``"plain"``, ``"exact"`` or ``"fast"`` for the package's GRACE without and with POT;
            ``"dense_plain"`` or ``"dense"`` for the reference without and with it.
        data: the graph.
        name: its name, a key of :data:`SETTINGS`.
    """
    out_channels, activation, drops, temperature, kappa = SETTINGS[name]
    if side.startswith("dense"):
        active = make_activation(activation)
        kappa = 0.0 if side == "dense_plain" else kappa
        return DensePOT(data, out_channels, active, drops, temperature, kappa)
    return GRACE(
        data.num_features,
        out_channels=out_channels,
        activation=activation,
        edge_drop=drops,
        feature_mask=(0.0, 0.0),
        temperature=temperature,
        pot=None if side == "plain" else POT(kappa, side),
    )


def step_of(model: nn.Module, data: Data) -> Callable[[], None]:
    r"""Forward and backward pass of one step."""

    def step() -> None:
        model.zero_grad()
        model.step(data).backward()  # type: ignore[operator]

    return step


def time_pot(
    datasets: Sequence[str] = ("cora", "citeseer"), repeats: int = 7
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set: steps of GRACE without and with POT, there and back.

    Seconds of all sides; what POT adds, in steps of plain GRACE; how much longer the dense
    reference with POT takes; peak MiB beyond graph, weights and what is formed once.
    """
    for name in datasets:
        data = graph_of(name)
        models = {side: build(side, data, name) for side in SIDES}
        seconds = compare({k: step_of(m, data) for k, m in models.items()}, repeats)
        extra = {
            side: extra_megabytes(_SETUP.format(side=side), f"use({name!r})") for side in SIDES
        }
        added = {f"{k}_added_ratio": seconds[k] / seconds["plain"] - 1 for k in ("exact", "fast")}
        yield {
            "dataset": name,
            "N": data.num_nodes,
            "M": data.num_edges,
            "D": SETTINGS[name].out_channels,
            **{f"{side}_seconds": value for side, value in seconds.items()},
            **added,
            "dense_to_exact_ratio": seconds["dense"] / seconds["exact"],
            "dense_to_fast_ratio": seconds["dense"] / seconds["fast"],
            **{f"{side}_extra": value for side, value in extra.items()},
        }
