r"""What estimators accept as graphs and as features.

Legend: N nodes, F features.
"""

import copy
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_matrix, describe
from gcl.methods.base import check_graph

Nodes: TypeAlias = Data | Tensor | np.ndarray


def as_graph(data: Any) -> Data:
    r"""A checked graph whose features are float32; the graph given stays as it is.

    Raises:
        TypeError, ValueError: as methods do: features that are no finite float matrix, edges that
            are missing or out of range.
    """
    check_graph(data)
    light = copy.copy(data)
    light.x = single(data.x)
    return light


def as_nodes(data: Nodes, num_features: int) -> Data:
    r"""Nodes to look at with a fitted encoder: a graph, or their features alone [N, F].

    Raises:
        TypeError, ValueError: for anything else, features of another width among it.
    """
    if isinstance(data, Data):
        graph = as_graph(data)
    else:
        graph = Data(x=features(data), edge_index=torch.empty(2, 0, dtype=torch.long))
    if graph.x.size(1) != num_features:
        raise ValueError(
            f"data must have the {num_features} features of the graph that was fitted, "
            f"got {graph.x.size(1)}"
        )
    return graph


def features(x: Any) -> Tensor:
    r"""A checked float32 matrix from a tensor or an array."""
    if isinstance(x, np.ndarray):
        x = torch.as_tensor(x)
    if not isinstance(x, Tensor):
        raise TypeError(
            f"data must be a PyG Data, or the features of nodes as a tensor or an array [N, F], "
            f"got {describe(x)}"
        )
    return single(check_matrix(x, "data"))


def single(x: Tensor) -> Tensor:
    r"""``x`` in float32, the precision of the weights; ValueError if it does not fit."""
    narrow = x.float()
    if not torch.isfinite(narrow.sum()) and not torch.isfinite(narrow).all():
        raise ValueError(f"x must fit into float32, got a largest entry of {x.abs().max().item()}")
    return narrow
