r"""What the augmenters share that remove nodes: attributes follow, ``n_id`` tells which stayed."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.data.storage import N_KEYS, BaseStorage

from gcl.augmenters.alignment import aligned_keys, lists_nodes, require_edges, slices_of
from gcl.augmenters.base import Augmenter
from gcl.augmenters.selection import select_edges, select_nodes, set_slices
from gcl.functional.nodes import induce


class NodeAugmenter(Augmenter):
    r"""Keeps some nodes of a graph, and the edges among them.

    Remaining nodes keep their order and are renumbered. ``n_id`` of the view holds the number of
    each node in the input; in an input that has ``n_id`` already, those are kept. The seeds of a
    sampled batch, its first ``batch_size`` nodes, always stay: the loss is over them. If all nodes
    are seeds, the batch is treated as a graph of its own.
    """

    accepts = (Data,)

    @abstractmethod
    def choose(
        self, edge_index: Tensor, num_nodes: int, batch: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        r"""The renumbered edges of the subgraph, the mask of its nodes, the mask of its edges."""

    def augment(self, data: Any) -> None:
        r"""Remove the nodes, then the edges, then give the view its ``n_id``."""
        store = data._store
        require_edges(store)
        num_nodes = store.num_nodes
        keys = aligned_keys(data, store, "node")
        _refuse_unmappable(store, keys, num_nodes)
        edge_index, nodes, edges = self.choose(store["edge_index"], num_nodes, store.get("batch"))
        seeds = store.get("batch_size")
        if seeds is not None and seeds < num_nodes and not nodes[:seeds].all():
            spared = nodes.index_fill(0, torch.arange(seeds, device=nodes.device), True)
            edge_index, nodes, edges = induce(store["edge_index"], spared)
        select_edges(data, store, edges, edge_index)
        old_ptr = store.get("ptr")
        select_nodes(data, store, keys, nodes)
        if "n_id" not in store:
            store["n_id"] = nodes.nonzero().view(-1)
            _slice_ids(data, store, old_ptr)


def _refuse_unmappable(store: BaseStorage, keys: list[str], num_nodes: int) -> None:
    for key in store.keys():  # noqa: SIM118
        if lists_nodes(key):
            raise ValueError(f"{key} must be removed before nodes are dropped: it lists nodes")
    for key in set(keys) - N_KEYS:
        shape = list(getattr(store[key], "shape", ()))
        if num_nodes > 1 and shape[:2] == [num_nodes, num_nodes]:
            raise ValueError(
                f"{key} of shape {shape} may hold a row, or a row and a column, per node; "
                f"remove it before nodes are dropped"
            )


def _slice_ids(data: Any, store: BaseStorage, old_ptr: Tensor | None) -> None:
    # In the batch, n_id counts through the whole batch; in a graph taken out of it, from 0.
    if isinstance(data, Batch) and old_ptr is not None and slices_of(data, store) is not None:
        set_slices(data, store, "_slice_dict", {"n_id": store["ptr"].cpu()})
        set_slices(data, store, "_inc_dict", {"n_id": old_ptr[:-1].cpu()})
