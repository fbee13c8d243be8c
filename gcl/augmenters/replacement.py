r"""Puts another adjacency in the place of a graph's edges.

Legend: M edges of the new adjacency.
"""

from typing import Any

from torch import Tensor
from torch_geometric.data.storage import BaseStorage

from gcl.augmenters.alignment import aligned_keys, slices_of
from gcl.augmenters.selection import set_slices


def remove_edges(data: Any, store: BaseStorage) -> None:
    r"""Remove ``edge_index``, all that describes single edges, and counts of them."""
    keys = aligned_keys(data, store, "edge")
    pointers = [f"{key}_ptr" for key in keys]
    for key in [*keys, *pointers, "num_edges", "num_sampled_edges"]:
        if key in store:
            del store[key]


def replace_edges(data: Any, store: BaseStorage, edge_index: Tensor, edge_weight: Tensor) -> None:
    r"""Set new edges [2, M], which come graph by graph in a ``Batch``, and their weights [M]."""
    remove_edges(data, store)
    store["edge_index"], store["edge_weight"] = edge_index, edge_weight
    if slices_of(data, store) is None:
        return
    ends = store["batch"][edge_index[1]].bincount(minlength=data.num_graphs).cumsum(0).cpu()
    bounds = ends.new_zeros(data.num_graphs + 1)
    bounds[1:] = ends
    set_slices(data, store, "_slice_dict", {"edge_index": bounds, "edge_weight": bounds})
    shift = bounds.new_zeros(data.num_graphs)
    set_slices(data, store, "_inc_dict", {"edge_weight": shift})
