r"""Training steps of recommenders beside their released form, and what is done once.

Legend: I users, J items, E interactions, B triplets, D width.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch_geometric.data import HeteroData

from gcl.benchmark.kernels.dense_rec import DenseLightGCL, SquareLightGCN
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.step import step_of
from gcl.benchmark.kernels.timing import compare
from gcl.datasets import interactions, load
from gcl.evaluation import ranking
from gcl.functional.bipartite import bipartite_adjacency
from gcl.functional.svd import truncated_svd
from gcl.loaders import RankingSplit, TripletLoader, ranking_split
from gcl.methods import LightGCL, LightGCN

METHODS = ("light_gcn", "light_gcl")

# A child process runs it: on a tiny set first, then on the data set.
_SETUP = """
from gcl.benchmark.kernels.rec import batch_of, models, split_of
batch, model = None, None
def use(name):
    global batch, model
    batch = batch_of(split_of(name), {batch})
    model = models(batch, {width}, {method!r})[{side!r}]()
    model.embed(batch) if hasattr(model, "embed") else None  # finds what is kept of a graph
    model.view(batch) if hasattr(model, "view") else None
def work():
    model.zero_grad()
    model.step(batch).backward()
use("tiny")
"""


def split_of(name: str) -> RankingSplit:
    r"""The training and test interactions of a data set; of 30 users and items for ``"tiny"``."""
    if name != "tiny":
        return ranking_split(load(name)[0], val=0.0)
    likes = torch.rand(30, 30, generator=torch.Generator().manual_seed(0)) < 0.2
    data = interactions(likes.nonzero().t(), num_users=30, num_items=30)
    return ranking_split(data, "ratio", val=0.0)


def batch_of(split: RankingSplit, size: int) -> HeteroData:
    r"""The first batch of triplets."""
    generator = torch.Generator().manual_seed(0)
    return next(iter(TripletLoader(split.data, size, draw="step", generator=generator)))


def models(data: HeteroData, width: int, method: str) -> dict[str, Callable[[], nn.Module]]:
    r"""The released form of a method and the package's, each to be built when it is called."""
    counts = data["user"].num_nodes, data["item"].num_nodes
    if method == "light_gcn":
        return {
            "reference": partial(SquareLightGCN, data, width),
            "fp32": partial(LightGCN, *counts, width),
        }
    return {
        "reference": partial(DenseLightGCL, data, width),
        "fp32": partial(LightGCL, *counts, width),
        "bf16": partial(LightGCL, *counts, width, precision="bf16"),
    }


def time_recommenders(
    datasets: Sequence[str] = ("gowalla",), size: int = 4096, width: int = 64, repeats: int = 3
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set and method: a step, forward and backward.

    Seconds of the sides and their ratios; peak MiB of each beyond graph and tables.
    """
    for name in datasets:
        batch = batch_of(split_of(name), size)
        for method in METHODS:
            built = {side: make() for side, make in models(batch, width, method).items()}
            seconds = compare({k: step_of(m, batch) for k, m in built.items()}, repeats)
            ours = [side for side in built if side != "reference"]
            del built
            options = {"batch": size, "width": width, "method": method}
            extra = {
                side: extra_megabytes(_SETUP.format(side=side, **options), f"use({name!r})")
                for side in seconds
            }
            yield {
                "method": method,
                "dataset": name,
                "B": batch.triplets.size(1),
                "D": width,
                **{f"{side}_seconds": value for side, value in seconds.items()},
                **{f"{side}_ratio": seconds["reference"] / seconds[side] for side in ours},
                **{f"{side}_extra": value for side, value in extra.items()},
            }


def time_preparations(
    datasets: Sequence[str] = ("lastfm", "gowalla", "douban_book"), width: int = 64
) -> Iterator[dict[str, Any]]:
    r"""One record for each data set: what a run does once, an epoch's triplets, a full ranking."""
    for name in datasets:
        split = split_of(name)
        edges = split.data["user", "rates", "item"].edge_index
        counts = split.data["user"].num_nodes, split.data["item"].num_nodes
        sizes = {"dataset": name, "I": counts[0], "J": counts[1], "E": edges.size(1)}
        yield {**sizes, **_preparations(split, edges, counts, width)}


def _preparations(
    split: RankingSplit, edges: torch.Tensor, counts: tuple[int, int], width: int
) -> dict[str, float]:
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        value = work()
        seconds[f"{name}_seconds"] = time.perf_counter() - start
        return value

    a = timed("adjacency", partial(bipartite_adjacency, edges, *counts))
    timed("svd", partial(truncated_svd, a.items_of, 5, oversample=0))
    loader = timed("loader", partial(TripletLoader, split.data, 4096))
    timed("epoch_of_triplets", partial(list, loader))
    user, item = (torch.randn(n, width) for n in counts)
    timed("ranking", partial(ranking, user, item, split, k=20))
    return seconds
