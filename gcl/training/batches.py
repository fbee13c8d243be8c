r"""What one epoch runs over: the whole graph once, or one pass of a loader."""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Dataset
from torch_geometric.data.data import BaseData

from gcl.checks import describe

ACCEPTED = "data must be a PyG Data or HeteroData, or an iterable of batches"


class Batches:
    r"""The batches of each epoch, on ``device``; the caller's own graph is never moved.

    Args:
        data: a PyG ``Data`` or ``HeteroData`` (one batch per epoch) or an iterable of batches.
        device: where the batches have to be.
        epochs: how often the iterable is walked; above 1 it must not be a one-shot iterator.
    """

    def __init__(self, data: BaseData | Iterable[Any], device: torch.device, epochs: int) -> None:
        self.full_batch = isinstance(data, BaseData)
        self.device = device
        self.source: Any = [move(data, device)] if self.full_batch else _check(data, epochs)

    def __iter__(self) -> Iterator[Any]:
        empty = True
        for batch in self.source:
            empty = False
            yield batch if self.full_batch else move(batch, self.device)
        if empty:
            raise ValueError(f"data yields no batch: {describe(self.source)}")

    @property
    def generator(self) -> torch.Generator | None:
        r"""The loader's own generator, whose state a resumed run needs too."""
        generator = getattr(self.source, "generator", None)
        return generator if isinstance(generator, torch.Generator) else None


def _check(data: Any, epochs: int) -> Any:
    if isinstance(data, Dataset):
        raise TypeError(f"{ACCEPTED}, got a dataset: pass data[0], or a DataLoader over its graphs")
    if isinstance(data, Tensor | str | dict) or not hasattr(data, "__iter__"):
        raise TypeError(f"{ACCEPTED}, got {describe(data)}")
    if epochs > 1 and isinstance(data, Iterator):
        raise ValueError(
            f"data is an iterator that is used up after one epoch, but epochs={epochs}; "
            f"pass a loader or a list, got {describe(data)}"
        )
    return data


def move(batch: Any, device: torch.device) -> Any:
    r"""``batch`` on ``device``: the same object if it is there already, else a copy."""
    if isinstance(batch, BaseData):
        there = all(tensor.device == device for tensor in tensors(batch).values())
        return batch if there else copy.copy(batch).to(device)
    if isinstance(batch, dict):
        return {key: move(value, device) for key, value in batch.items()}
    if type(batch) in (list, tuple):
        return type(batch)(move(value, device) for value in batch)
    return batch.to(device) if hasattr(batch, "to") else batch


def tensors(batch: Any) -> dict[str, Tensor]:
    r"""The tensors of a graph by attribute; of node and edge types, ``type.attribute``."""
    if isinstance(batch, Tensor):
        return {"batch": batch}
    stores = batch.stores if isinstance(batch, BaseData) else []
    found = {}
    for store in stores:
        key = store._key  # None in Data, a node type, or an edge type of three words
        prefix = "" if key is None else f"{key if isinstance(key, str) else '__'.join(key)}."
        found.update({f"{prefix}{k}": v for k, v in store.items() if isinstance(v, Tensor)})
    return found
