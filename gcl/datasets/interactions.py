r"""Interactions of users with items as a bipartite graph, whatever they were read from.

Legend: I users, J items, E training interactions, T test interactions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from gcl.checks import check_int, describe
from gcl.functional.interaction_data import RATED, RATES
from gcl.functional.interactions import check_interactions, interacted, interaction_keys


def interactions(
    edge_index: Tensor,
    *,
    num_users: int | None = None,
    num_items: int | None = None,
    time: Tensor | None = None,
    test_edge_index: Tensor | None = None,
    test_time: Tensor | None = None,
    user_names: Sequence[str] | None = None,
    item_names: Sequence[str] | None = None,
) -> HeteroData:
    r"""Bring listed interactions into the form that loaders, methods and evaluation share.

    The graph has node types ``user`` and ``item`` and edge types ``(user, rates, item)``, with each
    interaction once, sorted by user and then item, and ``(item, rev_rates, user)``, its flip. A
    given test part is kept beside them as ``data["user", "rates", "item"].test_edge_index``.

    What is merged or left out is said in ``data.notes``, one sentence each: interactions listed
    more than once (of their times the latest is kept), test interactions that are in training as
    well (left out of the test part), users without a training interaction, and items of the test
    part that no user has in training. The last two stay: an evaluation counts them, although
    nothing can be learnt about them from interactions alone.

    Args:
        edge_index: users in the first row, items in the second, from 0 on.
        num_users: I; the largest user plus one by default.
        num_items: J, likewise.
        time: when each interaction took place, numbers.
        test_edge_index: interactions held out by whoever made the data.
        test_time: their times; needs ``time``.
        user_names: the original ids of the users.
        item_names: the original ids of the items.

    Shapes:
        edge_index [2, E], time [E], test_edge_index [2, T], test_time [T]

    Raises:
        TypeError, ValueError: for entries that are no integers or out of range, no interaction at
            all, or times and names of another length.

    Example:
        >>> data = interactions(torch.tensor([[1, 0, 1, 1], [0, 0, 2, 0]]))
        >>> data["user", "rates", "item"].edge_index
        tensor([[0, 1, 1],
                [0, 0, 2]])
        >>> data.notes
        ['1 of 4 interactions is listed again and merged']
    """
    if isinstance(edge_index, Tensor) and not edge_index.numel():
        raise ValueError("edge_index must hold at least one interaction, got none")
    parts = [edge_index] if test_edge_index is None else [edge_index, test_edge_index]
    num_users = _count(parts, 0, num_users, user_names, "num_users")
    num_items = _count(parts, 1, num_items, item_names, "num_items")
    check_interactions(edge_index, num_users, num_items)
    data = HeteroData()
    notes: list[str] = []
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    for kind, names in (("user", user_names), ("item", item_names)):
        if names is not None:
            data[kind].name = list(names)
    rates = data[RATES]
    rates.edge_index, times, merged = _unique(edge_index, time, "time")
    if times is not None:
        rates.time = times
    _say(notes, merged, f"of {edge_index.size(1):,} interactions", "listed again and merged")
    if test_edge_index is not None:
        check_interactions(test_edge_index, num_users, num_items, "test_edge_index")
        _add_test(data, test_edge_index, test_time, notes)
    elif test_time is not None:
        raise ValueError("test_time would be ignored: there is no test_edge_index")
    data[RATED].edge_index = rates.edge_index.flip(0)
    without = num_users - len(rates.edge_index[0].unique())
    _say(notes, without, f"of {num_users:,} users", "without a training interaction")
    data.notes = notes
    return data


def _add_test(
    data: HeteroData, test_edge_index: Tensor, test_time: Tensor | None, notes: list[str]
) -> None:
    r"""Attach the test part, without what is in training; say what no method can rank."""
    rates, num_items = data[RATES], data["item"].num_nodes
    edge_index = rates.edge_index
    test, times, merged = _unique(test_edge_index, test_time, "test_time")
    total = f"of {test_edge_index.size(1):,} test interactions"
    _say(notes, merged, total, "listed again and merged")
    known = interacted(interaction_keys(edge_index, num_items), test[0], test[1], num_items)
    _say(notes, int(known.sum()), total, "in training as well and left out of the test part")
    rates.test_edge_index = test[:, ~known]
    if times is not None:
        if "time" not in rates:
            raise ValueError("test_time needs time, the times of the training interactions")
        rates.test_time = times[~known]
    trained = torch.zeros(num_items, dtype=torch.bool, device=edge_index.device)
    trained[edge_index[1]] = True
    unseen = ~trained[rates.test_edge_index[1]]
    _say(notes, int(unseen.sum()), total, "with an item that no user has in training")


def _unique(
    edge_index: Tensor, time: Tensor | None, name: str
) -> tuple[Tensor, Tensor | None, int]:
    r"""Each interaction once, sorted; its latest time; and how many were merged."""
    listed = edge_index.size(1)
    if time is None:
        edges, times = coalesce(edge_index.long(), sort_by_row=True), None
    else:
        if not isinstance(time, Tensor) or time.shape != (listed,):
            raise ValueError(f"{name} must have shape [{listed}], got {describe(time)}")
        if time.is_floating_point() and not bool(torch.isfinite(time).all()):
            raise ValueError(f"{name} must be finite, got {describe(time)} with NaN or infinity")
        edges, times = coalesce(edge_index.long(), time, reduce="max")
    return edges.contiguous(), times, listed - edges.size(1)


def _count(
    parts: list[Tensor], row: int, given: int | None, names: Sequence[str] | None, name: str
) -> int:
    r"""How many users or items there are."""
    if names is not None:
        if given is not None and given != len(names):
            raise ValueError(f"{name}={given} does not fit the {len(names)} names that are given")
        return len(names)
    if given is not None:
        return check_int(given, name, minimum=1)
    listed = [part[row] for part in parts if isinstance(part, Tensor) and part.numel()]
    return 1 + max((int(ids.max()) for ids in listed), default=0)


def _say(notes: list[str], count: int, of: str, what: str) -> None:
    if count:
        notes.append(f"{count:,} {of} {'is' if count == 1 else 'are'} {what}")
