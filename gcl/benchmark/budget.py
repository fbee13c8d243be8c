r"""A run within a budget of memory: the batch size that fits, or why none does."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch_geometric.data import Data

from gcl.benchmark.config import Config
from gcl.functional.processes import together, world_size
from gcl.methods import Method
from gcl.training import load_checkpoint
from gcl.training.batch_shapes import Shape, neighbor_shape, part_shape
from gcl.training.budget import MemoryBudget, memory_budget
from gcl.training.folder import CHECKPOINT
from gcl.training.memory_size import in_units

BLOCK_SIZE = 2**16  # that of encode_layerwise
_SMALLEST = 2**10


class Within(NamedTuple):
    r"""A run with its batch size, and the sizes of blocks.

    Attributes:
        config: the run; its loader has a batch size.
        block_size: nodes and edges that are embedded at a time; all at once if None.
        block_limit: bytes of a block of a streamed loss; as the processor wants them if None.
    """

    config: Config
    block_size: int | None
    block_limit: int | None


def within_budget(config: Config, data: Data, method: Method) -> Within:
    r"""The run with the largest batch size that its budget allows, if it has one of either.

    A batch size that is given stays, and is checked. Training on the whole graph is checked too.
    The budget is that of each process; of several, the one with the least room decides.

    Raises:
        ValueError: if the given batch, the whole graph, or the smallest batch does not fit; the
            message has both numbers.
        ProcessError: if it does not fit in another process.
    """
    total = config.memory_budget
    if total is None:
        return Within(config, block_size(config, method, data), None)
    found, sizes = together(lambda: _within(config, data, method, total), _batch_size)
    if config.loader is None:
        return found
    loader = {**config.loader, "batch_size": int(min(sizes))}
    return found._replace(config=replace(config, loader=loader))


def as_begun(config: Config, out: Path | None) -> Config:
    r"""The run with the batch size that it began with, as the checkpoint in ``out`` says.

    The budget would find another one if the process held more or less memory by now.
    """
    loader = config.loader
    if loader is None or config.memory_budget is None:
        return config
    if out is None or not (out / CHECKPOINT).is_file():
        return config
    begun = (load_checkpoint(out / CHECKPOINT).config or {}).get("loader") or {}
    return replace(config, loader={**begun, **{k: v for k, v in loader.items() if v is not None}})


def _batch_size(found: Within) -> float:
    return 0.0 if found.config.loader is None else float(found.config.loader["batch_size"])


def _within(config: Config, data: Data, method: Method, total: str | int) -> Within:
    r"""What fits into the budget of this process."""
    budget = memory_budget(total, method, data)
    if config.loader is None:
        _check(budget, (float(data.num_nodes or 0), float(data.num_edges)), "the whole graph")
        return Within(config, None, budget.block_limit)
    loader = config.loader
    if loader.get("batch_size") is None:
        size = _largest(budget, loader, data)
        config = replace(config, loader={**loader, "batch_size": size})
    else:
        size = loader["batch_size"]
        _check(budget, _batches(loader, data)[0](size), f"loader.batch_size={size}")
    found = budget.block_size if method.embeds_by_layer else None
    return Within(config, found, budget.block_limit)


def block_size(config: Config, method: Method, data: Data) -> int | None:
    r"""Nodes and edges that are embedded at a time: all at once unless trained in mini-batches.

    A run in mini-batches embeds layer by layer, if its method can.
    """
    if config.loader is None or not method.embeds_by_layer:
        return None
    if config.memory_budget is None:
        return BLOCK_SIZE
    try:
        return memory_budget(config.memory_budget, method, data).block_size
    except ValueError:  # this process holds more than the one that trained
        return _SMALLEST


def _largest(budget: MemoryBudget, loader: Mapping[str, Any], data: Data) -> int:
    shape, most, step = _batches(loader, data)
    size = budget.largest(shape, most)
    size -= size % step
    if not size:
        _check(budget, shape(step), f"the smallest batch, loader.batch_size={step},")
    return size


def _batches(loader: Mapping[str, Any], data: Data) -> tuple[Shape, int, int]:
    r"""How a batch grows, the largest batch size, and what it has to be a multiple of."""
    nodes, edges = int(data.num_nodes or 0), data.num_edges
    if loader["name"] == "clusters":
        parts = int(loader["num_parts"])
        return _share(part_shape(nodes, edges, parts)), parts, world_size()
    degree = torch.bincount(data.edge_index[1], minlength=nodes)
    step = int(loader.get("cluster_size", 32)) if loader["name"] == "hard" else world_size()
    return _share(neighbor_shape(degree, loader["num_neighbors"])), max(nodes, step), step


def _share(shape: Shape) -> Shape:
    r"""How the share of one process grows with the batch of all."""
    return lambda size: shape(math.ceil(size / world_size()))


def _check(budget: MemoryBudget, shape: tuple[float, float], what: str) -> None:
    if not budget.fits(shape):
        nodes, edges = shape
        raise ValueError(
            f"{what} needs about {in_units(budget.fixed + budget.batch(nodes, edges))} "
            f"({nodes:,.0f} nodes, {edges:,.0f} edges in a step), which exceeds "
            f"memory_budget={in_units(budget.total)}: "
            + ("train in mini-batches (loader.name)" if "graph" in what else "a smaller batch fits")
        )
