r"""What all augmenters share: the type check, the copy, the choice of stores, a readable repr."""

import copy
import inspect
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import Data, HeteroData
from torch_geometric.transforms import BaseTransform

from gcl.augmenters.alignment import require_edges
from gcl.checks import describe

EdgeType = tuple[str, str, str]


class Augmenter(BaseTransform):
    r"""A transform that draws a random view and never writes into its input.

    Subclasses keep every constructor argument under its own name and implement :meth:`augment`,
    which may set attributes of the shallow copy it gets but must not change a tensor in place.
    """

    accepts: tuple[type, ...] = (Data, HeteroData)

    def forward(self, data: Any) -> Any:
        r"""Return a view of ``data``, which stays as it is; unchanged tensors are shared."""
        if not isinstance(data, self.accepts):
            known = " or ".join(t.__name__ for t in self.accepts)
            raise TypeError(
                f"data must be a {known} (or a Batch of them) for {type(self).__name__}, "
                f"got {describe(data)}"
            )
        view = copy.copy(data)  # also when called past BaseTransform.__call__, which copies
        self.augment(view)
        return view

    @abstractmethod
    def augment(self, data: Any) -> None:
        r"""Turn ``data``, a shallow copy of the input, into the view."""

    def __repr__(self) -> str:
        parameters = inspect.signature(type(self)).parameters.values()
        shown = [f"{p.name}={_text(getattr(self, p.name))}" for p in parameters if _set(self, p)]
        return f"{type(self).__name__}({', '.join(shown)})"


def _set(augmenter: Augmenter, parameter: inspect.Parameter) -> bool:
    value = getattr(augmenter, parameter.name)
    return parameter.kind is parameter.POSITIONAL_OR_KEYWORD or value != parameter.default


def _text(value: object) -> str:
    return f"<{value.device}>" if isinstance(value, torch.Generator) else repr(value)


def edge_stores(
    data: Data | HeteroData, edge_types: Sequence[EdgeType] | None, *, square: bool = False
) -> list[Any]:
    r"""The stores of the chosen edge types (None: all), each with a usable ``edge_index``.

    With ``square``, a type between two different node types is an error: it has no reverse edges.
    """
    if not isinstance(data, HeteroData):
        _refuse_types(edge_types, "edge_types")
        stores = [data._store]
    else:
        stores = [data[t] for t in _chosen(edge_types, data.edge_types, "edge_types")]
    for store in stores:
        require_edges(store)
        if square and store._key is not None and store._key[0] != store._key[2]:
            raise ValueError(
                f"undirected must be False for edge type {store._key}, which has no reverse "
                f"edges of its own; choose edge_types between equal node types"
            )
    return stores


def feature_stores(data: Data | HeteroData, node_types: Sequence[str] | None) -> list[Any]:
    r"""The stores of the chosen node types (None: all with features), each with an ``x``."""
    if not isinstance(data, HeteroData):
        _refuse_types(node_types, "node_types")
        stores = [data._store] if "x" in data else []
    else:
        with_x = [t for t in data.node_types if "x" in data[t]]
        stores = [data[t] for t in _chosen(node_types, with_x, "node_types with x")]
    if not stores:
        raise ValueError(f"data must have node features x, got {data}")
    return stores


def check_edge_types(types: Sequence[EdgeType] | None) -> Sequence[EdgeType] | None:
    r"""Raise unless ``types`` is None or a non-empty list of triples of names."""
    for t in _check_list(types, "edge_types"):
        if not (isinstance(t, tuple) and len(t) == 3 and all(isinstance(s, str) for s in t)):
            raise TypeError(f"edge_types must hold triples of names, got {describe(t)}")
    return types


def check_node_types(types: Sequence[str] | None) -> Sequence[str] | None:
    r"""Raise unless ``types`` is None or a non-empty list of names."""
    for t in _check_list(types, "node_types"):
        if not isinstance(t, str):
            raise TypeError(f"node_types must hold names, got {describe(t)}")
    return types


def _check_list(types: Sequence[Any] | None, name: str) -> Sequence[Any]:
    if types is None:
        return ()
    if not isinstance(types, list):
        raise TypeError(f"{name} must be a list, or None for all; got {describe(types)}")
    if not types:
        raise ValueError(f"{name} must name at least one type (None means all), got []")
    return types


def _chosen(types: Sequence[Any] | None, known: Sequence[Any], name: str) -> Sequence[Any]:
    for t in types or ():
        if t not in known:
            raise ValueError(f"{name} must be among {known}, got {t!r}")
    return known if types is None else types


def _refuse_types(types: Sequence[Any] | None, name: str) -> None:
    if types is not None:
        raise ValueError(f"{name} must be None for a graph without types, got {types!r}")
