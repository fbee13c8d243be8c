r"""PamC beside the contrast with all nodes on a real graph: loss, training step, memory.

Legend: N nodes, M entries of the influence matrix, K clusters, D width.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.timing import compare
from gcl.benchmark.pamc.inputs import Inputs, of_dataset, rows_of
from gcl.benchmark.pamc.references import dense_all, dense_matrix, gathered_pam_c, streamed_all
from gcl.functional.positive_pairs import positive_pairs
from gcl.losses import PamC

SCALE, ORDER = 0.5, 4  # of the authors on USPS
WIDTHS = (10, 128)
CHANNELS = (500, 500, 2000, 10)  # the authors' encoder
SIDES = ("pamc", "gathered", "streamed", "dense")
STEPS = ("pamc", "streamed", "dense")

# A child process runs it: on a tiny graph first, then on the real one.
_SETUP = """
from gcl.benchmark.pamc import cost
from gcl.benchmark.pamc.inputs import synthetic
from gcl.benchmark.pamc.settle import settled
work = None
def use(inputs, width):
    global work
    work = settled(cost.{maker}(inputs, width, ("{side}",))["{side}"])
use(synthetic(200, 10), {width})
"""


def losses(inputs: Inputs, sides: Sequence[str] = SIDES) -> dict[str, Callable[[Tensor], Tensor]]:
    r"""The losses by name, each called with rows [N, D]."""
    edges, weight, cluster = inputs.edge_index, inputs.weight, inputs.cluster
    ours = PamC(order=None, scale=SCALE)
    makers: dict[str, Callable[[], Callable[[Tensor], Tensor]]] = {
        "pamc": lambda: lambda z: ours(z, edges, cluster, weight),
        "gathered": lambda: lambda z: gathered_pam_c(z, edges, weight, cluster, SCALE),
        "streamed": lambda: partial(
            streamed_all, pairs=positive_pairs(edges, len(cluster), weight), scale=SCALE
        ),
        "dense": lambda: partial(
            dense_all, gamma=dense_matrix(edges, weight, len(cluster)), scale=SCALE
        ),
    }
    return {side: makers[side]() for side in sides}


def loss_work(
    inputs: Inputs, width: int, sides: Sequence[str] = SIDES
) -> dict[str, Callable[[], Tensor]]:
    r"""Forward and backward of each loss on random rows around the clusters."""
    z = rows_of(inputs.cluster, width)
    return {side: partial(_gradient, loss, z) for side, loss in losses(inputs, sides).items()}


def _gradient(loss: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    return torch.autograd.grad(loss(z), z)[0]


def encoder(in_channels: int) -> nn.Sequential:
    r"""The authors' encoder: four linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for wide, narrow in pairwise((in_channels, *CHANNELS)):
        layers += [nn.Linear(wide, narrow), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def step_work(
    inputs: Inputs, width: int, sides: Sequence[str] = SIDES
) -> dict[str, Callable[[], Any]]:
    r"""A step, encoder and loss forward and backward, by loss; and an assignment of all nodes.

    ``width`` is that of the embeddings and has to be the encoder's.
    """
    x = torch.rand(inputs.num_nodes, inputs.num_features or 256)
    model, centre = encoder(x.size(1)), torch.randn(int(inputs.cluster.max()) + 1, width)

    def step(loss: Callable[[Tensor], Tensor]) -> None:
        model.zero_grad()
        loss(model(x)).backward()

    @torch.no_grad()
    def inference() -> Tensor:
        return torch.cdist(model(x), centre).argmin(1)

    works: dict[str, Callable[[], Any]] = {
        side: partial(step, loss) for side, loss in losses(inputs, sides).items()
    }
    return {**works, "inference": inference}


def time_losses(
    dataset: str = "usps_sdcn", widths: Sequence[int] = WIDTHS, repeats: int = 3
) -> Iterator[dict[str, Any]]:
    r"""One record for each D: forward and backward of the losses alone.

    Seconds, ratios to PamC's, error of PamC's gradient against the gathered form, and peak MiB
    beyond the rows and the influence matrix.
    """
    inputs = of_dataset(dataset, ORDER)
    for width in widths:
        works = loss_work(inputs, width)
        ours, gathered = works["pamc"](), works["gathered"]()
        yield {
            **_sizes(dataset, inputs, width),
            **_compared(works, SIDES, repeats),
            "gradient_error": ((ours - gathered).norm() / gathered.norm()).item(),
            **{f"{s}_extra": peak_of("loss_work", s, width, dataset) for s in SIDES},
        }


def time_steps(dataset: str = "usps_sdcn", repeats: int = 3) -> Iterator[dict[str, Any]]:
    r"""One record: a training step with the authors' encoder, and inference.

    Inference is the encoder's and the nearest centre, the same after training with any loss.
    """
    inputs, width = of_dataset(dataset, ORDER), CHANNELS[-1]
    yield {
        **_sizes(dataset, inputs, width),
        **_compared(step_work(inputs, width, STEPS), STEPS, repeats),
        **{f"{s}_extra": peak_of("step_work", s, width, dataset) for s in STEPS},
    }


def _sizes(dataset: str, inputs: Inputs, width: int) -> dict[str, Any]:
    clusters = int(inputs.cluster.max()) + 1
    sizes = {"N": inputs.num_nodes, "M": len(inputs.weight), "K": clusters, "D": width}
    return {"dataset": dataset, **sizes}


def _compared(
    works: Mapping[str, Callable[[], Any]], sides: Sequence[str], repeats: int
) -> dict[str, float]:
    seconds = compare(works, repeats)
    ratios = {f"{s}_ratio": seconds[s] / seconds["pamc"] for s in sides if s != "pamc"}
    return {**{f"{side}_seconds": value for side, value in seconds.items()}, **ratios}


def peak_of(maker: str, side: str, width: int, dataset: str) -> float | None:
    r"""Peak MiB of one side beyond its inputs, in a process of its own."""
    setup = _SETUP.format(maker=maker, side=side, width=width)
    return extra_megabytes(setup, f"use(cost.of_dataset({dataset!r}, {ORDER}), {width})")
