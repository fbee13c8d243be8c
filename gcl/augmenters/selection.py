r"""Removes nodes or edges from a store together with everything that counts or describes them.

One vector does most of it: ``kept``, how many entries before each position stay. It maps every
old boundary (``ptr``, slices of a batch, seed and hop counts) to the new one.
"""

from itertools import compress
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data.storage import BaseStorage

from gcl.augmenters.alignment import Kind, aligned_keys, slices_of
from gcl.checks import describe
from gcl.functional.sparse_features import take_rows


def select_edges(data: Any, store: BaseStorage, mask: Tensor, edge_index: Tensor) -> None:
    r"""Set the kept ``edge_index``, and filter every other per-edge attribute by ``mask``."""
    keys = aligned_keys(data, store, "edge")
    _filter(data, store, [key for key in keys if key != "edge_index"], mask)
    store["edge_index"] = edge_index
    _move_bounds(data, store, keys, mask, "edge")


def select_nodes(data: Any, store: BaseStorage, keys: list[str], mask: Tensor) -> None:
    r"""Filter the per-node attributes ``keys`` by ``mask``, and update counts and boundaries."""
    _filter(data, store, keys, mask)
    _move_bounds(data, store, keys, mask, "node")
    if "input_id" in store:  # the seeds of a sampled batch come first, with one input_id each
        seeds = mask[: len(store["input_id"])]
        store["input_id"] = store["input_id"][seeds]
    if "batch_size" in store:
        store["batch_size"] = int(mask[: store["batch_size"]].sum())


def set_slices(data: Any, store: BaseStorage, name: str, new: dict[str, Any]) -> None:
    r"""Update ``_slice_dict`` or ``_inc_dict``, which a copied batch shares with its original."""
    old = getattr(data, name)
    if store._key is not None:
        new = {store._key: {**old[store._key], **new}}
    setattr(data, name, {**old, **new})


def _filter(data: Any, store: BaseStorage, keys: list[str], mask: Tensor) -> None:
    index = mask.nonzero().view(-1) if keys else mask  # found once for all attributes
    for key in keys:
        value = store[key]
        if isinstance(value, Tensor) and value.layout == torch.sparse_csr:
            store[key] = take_rows(value, index.to(value.device))
        elif isinstance(value, Tensor):
            dim = data.__cat_dim__(key, value, store)
            store[key] = value.index_select(dim, index.to(value.device))
        elif isinstance(value, np.ndarray):
            dim = data.__cat_dim__(key, value, store)
            store[key] = value.take(index.cpu().numpy(), axis=dim)
        elif isinstance(value, (list, tuple)):
            store[key] = type(value)(compress(value, mask.tolist()))
        else:
            raise TypeError(f"{key} must be a tensor, array or list, got {describe(value)}")


def _move_bounds(data: Any, store: BaseStorage, keys: list[str], mask: Tensor, kind: Kind) -> None:
    pointers = [f"{key}_ptr" for key in keys] + (["ptr"] if kind == "node" else [])
    hops, count = f"num_sampled_{kind}s", f"num_{kind}s"
    if slices_of(data, store) is None and not any(k in store for k in (*pointers, hops, count)):
        return  # nothing to move in a plain graph; the running sum would cost as much as the draw
    kept = torch.cat([mask.new_zeros(1, dtype=torch.long), mask.cumsum(0)])
    for key in pointers:
        if key in store:
            store[key] = kept[store[key]]
    if hops in store:
        sizes = torch.tensor([0, *store[hops]], device=kept.device)
        store[hops] = kept[sizes.cumsum(0)].diff().tolist()
    if count in store:
        store[count] = int(kept[-1])
    _move_slices(data, store, keys, kept.cpu(), kind)


def _move_slices(data: Any, store: BaseStorage, keys: list[str], kept: Tensor, kind: Kind) -> None:
    slices = slices_of(data, store)
    if slices is None:
        return
    own = {key: slices[key] for key in keys if key in slices}
    if any(int(s[-1]) != len(kept) - 1 for s in own.values()):
        delattr(data, "_slice_dict")  # edited since: let to_data_list fail, not return nonsense
        return
    set_slices(data, store, "_slice_dict", {key: kept[s] for key, s in own.items()})
    if kind == "node":
        shift = data._inc_dict["edge_index"]
        if hasattr(store, "_num_nodes"):
            ends = torch.tensor([0, *store._num_nodes]).cumsum(0)
            store._num_nodes = kept[ends].diff().tolist()
        set_slices(data, store, "_inc_dict", {"edge_index": kept[shift]})
