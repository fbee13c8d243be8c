r"""Interactions of users with items as sorted integer keys, and look-ups in them.

The pair of user u and item i has the key u J + i. A sorted vector of keys takes 8 bytes for each
interaction and answers "has u interacted with i" by one binary search, where a table of users and
items would take I J entries.

Legend: I users, J items, E interactions, B queries.
"""

import torch
from torch import Tensor

from gcl.checks import check_int, describe


def interaction_keys(edge_index: Tensor, num_items: int) -> Tensor:
    r"""Sorted keys u J + i of the pairs (u, i), each once: [2, E] -> at most [E]."""
    keys = edge_index[0].long() * num_items + edge_index[1].long()
    if len(keys) > 1 and not bool((keys[1:] > keys[:-1]).all()):
        return keys.unique()
    return keys


def interacted(keys: Tensor, user: Tensor, item: Tensor, num_items: int) -> Tensor:
    r"""Whether each pair is among the interactions.

    Args:
        keys: from :func:`interaction_keys`.
        user: users of the pairs.
        item: items of the pairs; numbers below 0 are in no interaction.
        num_items: J.

    Shapes:
        keys [E], user and item of any shapes that broadcast -> that shape, boolean

    Cost:
        O(B log E).

    Example:
        >>> keys = interaction_keys(torch.tensor([[0, 0, 1], [0, 2, 1]]), 3)
        >>> interacted(keys, torch.tensor([0, 0, 1]), torch.tensor([1, 2, 1]), 3)
        tensor([False,  True,  True])
    """
    wanted = user * num_items + item
    if not len(keys):
        return torch.zeros_like(wanted, dtype=torch.bool)
    place = torch.searchsorted(keys, wanted).clamp_(max=len(keys) - 1)
    return (keys[place] == wanted) & (item >= 0)


def user_slices(keys: Tensor, num_users: int, num_items: int) -> Tensor:
    r"""Where the keys of each user begin, and where those of the last one end: [I + 1]."""
    first = torch.arange(num_users + 1, device=keys.device) * num_items
    return torch.searchsorted(keys, first)


def check_interactions(
    edge_index: Tensor, num_users: int, num_items: int, name: str = "edge_index"
) -> Tensor:
    r"""Raise unless ``edge_index`` is an integer tensor [2, E] of users and items in range."""
    if not isinstance(edge_index, Tensor) or edge_index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must be an integer tensor [2, E], got {describe(edge_index)}")
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(f"{name} must have shape [2, E], got {describe(edge_index)}")
    ends = (("users", num_users, edge_index[0]), ("items", num_items, edge_index[1]))
    for what, count, ids in ends:
        check_int(count, f"num_{what}", minimum=1)
        low, high = (int(v) for v in ids.aminmax()) if ids.numel() else (0, 0)
        if low < 0 or high >= count:
            bad = low if low < 0 else high
            raise ValueError(f"{name} must hold {what} in [0, {count}), got {bad}")
    return edge_index
