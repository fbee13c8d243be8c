r"""Graphs of networkx, in memory or in files.

Legend: N nodes, M edges, D width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch_geometric.data import Data

from gcl.checks import OptionError, describe, unknown
from gcl.datasets.labels import number_labels
from gcl.datasets.validate import check_graph
from gcl.functional.structure import KINDS, give_structural_features

if TYPE_CHECKING:
    import networkx as nx


def from_networkx(
    graph: nx.Graph,
    *,
    features: str | Sequence[str] | None = None,
    labels: str | None = None,
) -> Data:
    r"""Convert a networkx graph; row i is the i-th node of ``graph.nodes``.

    An undirected graph is stored in both directions. The edge attribute ``weight``, if every edge
    has it, becomes ``edge_weight``.

    Args:
        graph: a ``Graph`` or ``DiGraph``; nodes may be anything.
        features: list of numeric node attributes, one column each (or several, where the attribute
            is a sequence), or ``"degree"``, ``"constant"``, ``"identity"`` for features of the
            structure alone. None means ``"degree"``, and is an error if the nodes have attributes
            that would be passed over.
        labels: node attribute with the class, numbered in sorted order. None means ``"y"`` where
            the nodes have it.

    Returns:
        x [N, D] float32, edge_index [2, M] and, where given, y [N] and edge_weight [M].

    Raises:
        TypeError: if ``graph`` is no networkx graph, or a multigraph.
        ValueError: for an attribute that some node or edge lacks, or that is not a finite number.
        OptionError: for an attribute that no node has, or ``features`` that are needed.

    Example:
        >>> import networkx as nx
        >>> data = from_networkx(nx.path_graph(["a", "b", "c"]))
        >>> data.edge_index.tolist()
        [[0, 1, 1, 2], [1, 0, 2, 1]]
    """
    import networkx as nx

    if not isinstance(graph, nx.Graph) or graph.is_multigraph():
        raise TypeError(f"graph must be a networkx Graph or DiGraph, got {describe(graph)}")
    if not len(graph):
        raise ValueError("graph is empty: it has no nodes")
    data = _edges(graph)
    names = dict.fromkeys(name for _, attributes in graph.nodes(data=True) for name in attributes)
    labels = "y" if labels is None and "y" in names else labels
    _check_known(labels, features, names)
    if labels is not None:
        data.y = number_labels(np.array(_attribute(graph, labels), dtype=str))
    _set_features(graph, data, features, [name for name in names if name != labels])
    return check_graph(data, "graph")


def _check_known(labels: str | None, features: str | Sequence[str] | None, names: Iterable) -> None:
    wanted = [] if features is None or isinstance(features, str) else list(features)
    for name in [*wanted, *([] if labels is None else [labels])]:
        if name not in names:
            known = ", ".join(map(str, names)) or "none"
            raise OptionError(f"unknown node attribute: {unknown(name, names)}; known: {known}")


def _edges(graph: nx.Graph) -> Data:
    import networkx as nx

    adjacency = nx.to_scipy_sparse_array(graph, weight=None, format="csr").tocoo()
    edge_index = torch.from_numpy(np.stack(adjacency.coords).astype(np.int64))
    data = Data(edge_index=edge_index, num_nodes=len(graph))
    weighted = len(nx.get_edge_attributes(graph, "weight"))
    if weighted and weighted != graph.number_of_edges():
        raise ValueError(f"weight must be on all {graph.number_of_edges()} edges, got {weighted}")
    if weighted:
        weights = nx.to_scipy_sparse_array(graph, weight="weight", format="csr", dtype=np.float64)
        data.edge_weight = torch.from_numpy(weights.data).float()
        if not torch.isfinite(data.edge_weight).all():
            raise ValueError("weight must be finite on all edges")
    return data


def _attribute(graph: nx.Graph, name: str) -> list[object]:
    values = [attributes.get(name) for _, attributes in graph.nodes(data=True)]
    if any(value is None for value in values):
        node = list(graph.nodes)[next(i for i, value in enumerate(values) if value is None)]
        raise ValueError(f"node attribute {name!r} is missing on node {node!r}")
    return values


def _set_features(
    graph: nx.Graph, data: Data, features: str | Sequence[str] | None, names: list[str]
) -> None:
    if features is None and names:
        raise OptionError(
            f"features must be given, since the nodes have the attributes {', '.join(names)}: "
            f"a list of them, or one of {', '.join(KINDS)}"
        )
    if features is None or isinstance(features, str):
        give_structural_features(data, features or "degree")
        return
    if not features:
        raise OptionError("features must name at least one node attribute, got an empty list")
    columns = [_column(graph, name) for name in features]
    data.x = torch.from_numpy(np.concatenate(columns, axis=1)).float()


def _column(graph: nx.Graph, name: str) -> np.ndarray:
    try:
        values = np.array(_attribute(graph, name), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"node attribute {name!r} cannot be a feature: {error}") from error
    return values.reshape(len(graph), -1)
