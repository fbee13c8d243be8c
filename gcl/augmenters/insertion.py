r"""Puts new edges into a store: values of their attributes, and the slices of a batch.

Legend: M old edges, K new edges, G graphs.
"""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data.storage import BaseStorage

from gcl.augmenters.alignment import aligned_keys, slices_of
from gcl.augmenters.selection import set_slices
from gcl.checks import describe


def check_fill(data: Any, store: BaseStorage, fill: float | None) -> None:
    r"""Raise unless every per-edge attribute can be given a value for new edges."""
    keys = aligned_keys(data, store, "edge")
    for key in [k for k in keys if k.endswith("_batch")] + ["num_sampled_edges"]:
        if key in store:
            raise ValueError(f"{key} must be removed before edges are added: it would not match")
    filled = [key for key in keys if key not in ("edge_index", "edge_weight")]
    if filled and fill is None:
        raise ValueError(f"fill must give the value of {', '.join(filled)} for new edges, got None")
    for key in [*filled, *({"edge_weight"} & set(keys))]:
        if not isinstance(store[key], Tensor):
            raise TypeError(f"{key} must be a tensor to be filled, got {describe(store[key])}")
    for key in filled:
        if fill is not None and store[key].new_tensor(fill).item() != fill:
            _refuse_rounding(store[key], key, fill)


def insert_edges(
    data: Any,
    store: BaseStorage,
    edge_index: Tensor,
    old: Tensor,
    *,
    batch: Tensor | None,
    fill: float | None,
) -> None:
    r"""Set ``edge_index`` [2, M + K] and extend the other per-edge attributes to match.

    In a ``Batch``, the edges of each graph are brought together again, old before new.
    """
    count = old.numel() - int(old.sum())
    keys = aligned_keys(data, store, "edge")
    values = {key: _extend(data, store, key, count, fill) for key in keys if key != "edge_index"}
    values["edge_index"] = edge_index
    slices = slices_of(data, store)
    if slices is not None and batch is not None:
        graph = batch[edge_index[0]]
        order = graph.argsort(stable=True)
        for key, value in values.items():
            values[key] = value.index_select(data.__cat_dim__(key, value, store), order)
        count_of = graph.bincount(minlength=len(slices["edge_index"]) - 1).cpu()
        bounds = torch.cat([count_of.new_zeros(1), count_of.cumsum(0)])
        set_slices(data, store, "_slice_dict", {key: bounds for key in values if key in slices})
    if "num_edges" in store:
        store["num_edges"] = edge_index.size(1)
    for key, value in values.items():
        store[key] = value


def _extend(data: Any, store: BaseStorage, key: str, count: int, fill: float | None) -> Tensor:
    value = store[key]
    dim = data.__cat_dim__(key, value, store)
    shape = list(value.shape)
    shape[dim] = count
    return torch.cat([value, value.new_full(shape, 1 if key == "edge_weight" else fill)], dim=dim)


def _refuse_rounding(value: Tensor, key: str, fill: float) -> None:
    if not value.is_floating_point():
        raise ValueError(f"fill must fit {key}, {describe(value)}; got {fill}")
