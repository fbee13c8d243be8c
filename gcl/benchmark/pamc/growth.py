r"""How time and memory grow with the number of nodes.

Legend: N nodes, M entries of the influence matrix, K clusters, D width.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.pamc.cost import SCALE, losses
from gcl.benchmark.pamc.inputs import rows_of, synthetic
from gcl.losses import PamC, nt_xent

SIZES = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
MEMORY_SIZES = (5_000, 10_000, 20_000, 200_000)
CLUSTERS = (10, 50, 200)
MOST = {"dense": 10_000, "streamed": 20_000, "nt_xent": 20_000}  # nodes; minutes or RAM beyond
WIDTH = 128
Work = Callable[[], Tensor]

# A child process runs it: on a tiny graph first, then on the real one.
_SETUP = """
from gcl.benchmark.pamc import growth
from gcl.benchmark.pamc.settle import settled
work = None
def use(n):
    global work
    work = settled(growth.works(n, {clusters}, {width})["{side}"]())
use(400)
"""


def works(
    num_nodes: int, clusters: Sequence[int], width: int = WIDTH
) -> Mapping[str, Callable[[], Work]]:
    r"""What builds the work of each side: forward and backward of a loss at N nodes.

    ``pamc_K`` has K clusters and one graph; ``views_K`` is its form for two views; ``dense`` and
    ``streamed`` contrast with all nodes, on the same graph, and ``nt_xent`` two views.
    """
    inputs = {k: synthetic(num_nodes, k) for k in clusters}
    first = inputs[clusters[0]]
    z1 = rows_of(first.cluster, width)
    z2 = (z1.detach() + 0.1 * torch.randn_like(z1)).requires_grad_()
    views, pair = PamC(scale=SCALE), (z1, z2)

    def on_graph(side: str, k: int) -> Work:
        return partial(_gradients, losses(inputs[k], (side,))[side], (z1,))

    def on_views(k: int) -> Work:
        return partial(_gradients, partial(views, cluster=inputs[k].cluster), pair)

    return {
        **{f"pamc_{k}": partial(on_graph, "pamc", k) for k in clusters},
        **{f"views_{k}": partial(on_views, k) for k in clusters},
        "streamed": partial(on_graph, "streamed", clusters[0]),
        "dense": partial(on_graph, "dense", clusters[0]),
        "nt_xent": lambda: partial(_gradients, partial(nt_xent, temperature=1 / SCALE), pair),
    }


def _gradients(loss: Callable[..., Tensor], z: tuple[Tensor, ...]) -> Tensor:
    return torch.autograd.grad(loss(*z), z)[0]


def time_growth(
    sizes: Sequence[int] = SIZES, clusters: Sequence[int] = CLUSTERS, repeats: int = 2
) -> Iterator[dict[str, Any]]:
    r"""One record for each N: seconds of forward and backward; then the fitted exponents.

    An exponent is the slope of log seconds over log N, at all of a side's sizes, where fixed costs
    flatten it, and at the larger half of them.
    """
    points: dict[str, list[tuple[int, float]]] = {}
    for n in sizes:
        makers = works(n, clusters)
        sides = {s: make() for s, make in makers.items() if n <= MOST.get(s, math.inf)}
        seconds = compare(sides, repeats)
        for side, value in seconds.items():
            points.setdefault(side, []).append((n, value))
        edges = len(synthetic(n, clusters[0]).weight)
        yield {"N": n, "M": edges, "D": WIDTH, **{f"{s}_seconds": v for s, v in seconds.items()}}
    yield from _exponents(points, "seconds")


def measure_memory(
    sizes: Sequence[int] = MEMORY_SIZES, num_clusters: int = 50
) -> Iterator[dict[str, Any]]:
    r"""One record for each N: peak MiB beyond the inputs; then the fitted exponents."""
    sides = (f"pamc_{num_clusters}", *MOST)
    points: dict[str, list[tuple[int, float]]] = {}
    for n in sizes:
        record: dict[str, Any] = {"N": n, "D": WIDTH, "inputs": n * WIDTH * 4 / 2**20}
        for side in sides:
            if n <= MOST.get(side, math.inf):
                record[f"{side}_extra"] = peak = _peak_of(side, n, num_clusters)
                if peak:
                    points.setdefault(side, []).append((n, peak))
        yield record
    yield from _exponents(points, "extra")


def _exponents(
    points: Mapping[str, Sequence[tuple[int, float]]], unit: str
) -> Iterator[dict[str, Any]]:
    r"""The slopes of the logarithms, as text: over all sizes, and over the larger half of them."""
    for label, start in {"exponent": 0.0, "exponent, larger half": 0.5}.items():
        chosen = {side: p[int(start * len(p)) :] for side, p in points.items()}
        yield {"N": label, **{f"{side}_{unit}": _slope(p) for side, p in chosen.items()}}


def _slope(points: Sequence[tuple[int, float]]) -> str:
    if len(points) < 2:
        return "-"
    size, value = np.log(np.array(points)).T
    return f"{np.polyfit(size, value, 1)[0]:.2f}"


def _peak_of(side: str, n: int, clusters: int) -> float | None:
    setup = _SETUP.format(side=side, clusters=(clusters,), width=WIDTH)
    return extra_megabytes(setup, f"use({n})")
