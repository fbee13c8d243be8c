r"""The form of interaction data: a PyG ``HeteroData`` of users, items and who rated what.

Legend: I users, J items, E interactions.
"""

import copy
from typing import NamedTuple

from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import describe
from gcl.functional.interactions import check_interactions

RATES = ("user", "rates", "item")
RATED = ("item", "rev_rates", "user")
_TEST = ("test_edge_index", "test_time")


class InteractionData(NamedTuple):
    r"""What a bipartite graph comes down to: edges [2, E], I users, J items."""

    edge_index: Tensor
    num_users: int
    num_items: int


def interaction_data(data: HeteroData, name: str = "data") -> InteractionData:
    r"""The interactions of ``data``, checked.

    Raises:
        TypeError: if it is no ``HeteroData``.
        ValueError: if it lacks users, items or the edge type ``(user, rates, item)``, or an edge
            is out of range.

    Example:
        >>> data = HeteroData()
        >>> data["user"].num_nodes, data["item"].num_nodes = 2, 1
        >>> data["user", "rates", "item"].edge_index = torch.tensor([[1], [0]])
        >>> interaction_data(data).num_users
        2
    """
    if not isinstance(data, HeteroData):
        raise TypeError(
            f"{name} must be a HeteroData of users and items (gcl.datasets.interactions makes "
            f"one), got {describe(data)}"
        )
    missing = [kind for kind in ("user", "item") if kind not in data.node_types]
    missing += [] if RATES in data.edge_types else ["(user, rates, item)"]
    if missing:
        raise ValueError(f"{name} must have {' and '.join(missing)}, got {data}")
    num_users, num_items = (int(data[kind].num_nodes or 0) for kind in ("user", "item"))
    edge_index = check_interactions(
        data[RATES].edge_index, num_users, num_items, f"{name}[user, rates, item].edge_index"
    )
    return InteractionData(edge_index, num_users, num_items)


def without_test(data: HeteroData) -> HeteroData:
    r"""A shallow copy of ``data`` that knows of no given test part."""
    data = copy.copy(data)
    for key in _TEST:
        if key in data[RATES]:
            del data[RATES][key]
    return data
