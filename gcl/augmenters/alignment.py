r"""Tells which attributes of a graph have one entry per node, or one per edge.

PyG decides by length, which is ambiguous when a graph has as many nodes as edges. Here well-known
names come first, then the slices of a ``Batch`` (which compare graph by graph), then the length.
What is still ambiguous is an error instead of a guess.

Legend: N nodes, M edges, G graphs.
"""

from typing import Any, Literal

import numpy as np
from torch import Tensor
from torch_geometric.data.storage import E_KEYS, N_KEYS, BaseStorage, NodeStorage

from gcl.checks import describe

Kind = Literal["node", "edge"]

# Counts and seeds of a sampled batch: neither per node nor per edge, whatever their length.
_COUNTS = {"num_nodes", "num_edges", "batch_size", "input_id"}
_COUNTS |= {"num_sampled_nodes", "num_sampled_edges"}


def require_edges(store: BaseStorage) -> None:
    r"""Raise ValueError unless ``edge_index`` is there, and no adjacency that would go stale."""
    where = "data" if store._key is None else f"data[{store._key}]"
    other = [key for key in ("adj_t", "adj") if key in store]
    if "edge_index" not in store:
        hint = f", got only {other[0]}; convert it to an edge_index first" if other else ""
        raise ValueError(f"{where} must have an edge_index{hint}")
    if other:
        raise ValueError(f"{where} must not have {other[0]}: it would no longer match edge_index")


def aligned_keys(data: Any, store: BaseStorage, kind: Kind) -> list[str]:
    r"""Names of all attributes with one entry per ``kind``.

    An attribute of length 1 in a graph with one node or edge is taken to describe the graph,
    unless its name says otherwise. Supervision (``edge_label``, ``*_index``) stays out: these
    columns are not the edges of the graph.

    Raises:
        ValueError: if the kind of an attribute cannot be told, or ``edge_weight``, ``pos`` and the
            like have the wrong length.
        TypeError: if a batch holds such an attribute as a list per graph.
    """
    attributes = _Attributes(data, store)
    return [key for key in store.keys() if attributes.belongs(key, kind)]  # noqa: SIM118


def slices_of(data: Any, store: BaseStorage) -> dict[str, Any] | None:
    r"""Where each attribute of each graph starts, by name; None unless made from a list."""
    slices = vars(data.stores[0]).get("_slice_dict")  # where Batch keeps it; HeteroData hides it
    return slices if slices is None or store._key is None else slices.get(store._key)


def lists_nodes(key: str) -> bool:
    r"""Whether an attribute other than ``edge_index`` holds node numbers, by PyG's convention.

    When batching, PyG shifts whatever has "index" in its name by the number of nodes.
    """
    named = key == "face" or "index" in key
    return named and key != "edge_index" and not key.endswith(("_batch", "_ptr"))


class _Attributes:
    def __init__(self, data: Any, store: BaseStorage) -> None:
        self.data, self.store, self.slices = data, store, slices_of(data, store) or {}

    def belongs(self, key: str, kind: Kind) -> bool:
        other: Kind = "node" if kind == "edge" else "edge"
        named = self._named(key)
        if _excluded(key) or (key in N_KEYS | E_KEYS and named != kind):
            return False
        if not self._fits(key, kind):
            return self._refuse_misfit(key, kind)
        if named == kind or self._one_each(key):
            return named == kind
        if not self._fits(key, other):
            return True
        if named is None and self._length(key):
            raise ValueError(
                f"{key} may belong to nodes or to edges, this graph has {self._length(key)} of "
                f"each; rename it to hold 'node' or 'edge', or remove it"
            )
        return named is None

    def _named(self, key: str) -> Kind | None:
        if key in E_KEYS or "edge" in key:
            return "edge"
        if key in N_KEYS or "node" in key or key.endswith(("mask", "_batch")):
            return "node"
        return "node" if key == "y" and not self._one_each(key) else None

    def _fits(self, key: str, kind: Kind) -> bool:
        length, reference = self._length(key), self._bounds(kind)
        if length is None or length != self._count(kind):
            return False
        own = self.slices.get(key)
        if isinstance(own, Tensor) and isinstance(reference, Tensor):
            return own.equal(reference)
        return True

    def _length(self, key: str) -> int | None:
        value = self.store[key]
        if isinstance(value, (list, tuple)):
            return len(value)
        if not isinstance(value, (Tensor, np.ndarray)) or not value.ndim:
            return None
        dim = self.data.__cat_dim__(key, value, self.store)
        return value.shape[dim] if isinstance(dim, int) else None

    def _count(self, kind: Kind) -> int | None:
        if kind == "edge":
            return self.store["edge_index"].size(1) if "edge_index" in self.store else None
        return self.store.num_nodes if isinstance(self.store, NodeStorage) else None

    def _bounds(self, kind: Kind) -> Any:
        if kind == "edge":
            return self.slices.get("edge_index")
        return self.store["ptr"].cpu() if "ptr" in self.store else None

    def _one_each(self, key: str) -> bool:
        own = self.slices.get(key)
        if isinstance(own, Tensor):
            return bool((own.diff() == 1).all())
        return self._length(key) == 1

    def _refuse_misfit(self, key: str, kind: Kind) -> bool:
        self._refuse_list_per_graph(key, kind)
        known = N_KEYS if kind == "node" else E_KEYS
        if key in known and self._count(kind) is not None:
            raise ValueError(
                f"{key} must have one entry per {kind} ({self._count(kind)}), "
                f"got {describe(self.store[key])}"
            )
        return False

    def _refuse_list_per_graph(self, key: str, kind: Kind) -> None:
        # Collating leaves lists and arrays uncollated: one per graph, which nothing can filter.
        value, bounds = self.store[key], self._bounds(kind)
        if not self.slices or not isinstance(value, list) or not isinstance(bounds, Tensor):
            return
        sizes = [len(v) if isinstance(v, (list, tuple, np.ndarray)) else 1 for v in value]
        if sizes == bounds.diff().tolist() and any(n > 1 for n in sizes):
            raise TypeError(f"{key} must be a tensor in a Batch, got a list of one per graph")


def _excluded(key: str) -> bool:
    return key in _COUNTS or lists_nodes(key) or "edge_label" in key or key.endswith("ptr")
