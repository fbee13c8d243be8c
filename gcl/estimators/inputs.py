r"""What estimators accept as graphs and as features.

Legend: N nodes, F features.
"""

import copy
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_int, check_matrix, describe
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
    r"""``x`` in float32, the precision of the weights.

    Raises:
        TypeError: if it is sparse.
        ValueError: if an entry does not fit.
    """
    if x.layout is not torch.strided:
        raise TypeError(f"x must be dense, as x.to_dense() is; got one of layout {x.layout}")
    narrow = x.float()
    if not torch.isfinite(narrow.sum()) and not torch.isfinite(narrow).all():
        raise ValueError(f"x must fit into float32, got a largest entry of {x.abs().max().item()}")
    return narrow


def as_seed(random_state: Any) -> int:
    r"""A seed from what scikit-learn takes: a whole number, None, or a ``RandomState``.

    Raises:
        TypeError, ValueError: for anything else, or a number outside [0, 2**32).
    """
    if random_state is None:
        return int(np.random.randint(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    seed = int(check_int(random_state, "random_state"))
    if seed >= 2**32:
        raise ValueError(f"random_state must be below 2**32, got {seed}")
    return seed


def check_widths(widths: Any, name: str) -> tuple[int, ...]:
    r"""Raise unless ``widths`` lists whole numbers of 1 or more; returned as a tuple."""
    if isinstance(widths, str) or not isinstance(widths, Iterable):
        raise TypeError(f"{name} must list widths, (500, 10) for instance; got {describe(widths)}")
    return tuple(int(check_int(width, name, minimum=1)) for width in widths)
