r"""The items with the largest inner products for each user, without those already seen.

Legend: I users, J items, D width, E pairs to leave out, U users asked for, B of them in a block.
"""

import math

import torch
from torch import Tensor

from gcl.checks import check_int, check_matrix, describe
from gcl.functional.interactions import check_interactions, interaction_keys, user_slices

_BLOCK_ENTRIES = 2**21  # scores alive at once, 8 MiB in float32: they stay in the cache


@torch.no_grad()
def top_items(
    user: Tensor,
    item: Tensor,
    k: int,
    *,
    exclude: Tensor | None = None,
    users: Tensor | None = None,
    block_size: int | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Find the k items with the largest score :math:`\langle e_u, e_i \rangle` for each user.

    Equal scores are ordered by the number of the item, the smaller first; nothing is left to the
    library's sort.

    Args:
        user: embeddings of the users.
        item: embeddings of the items.
        k: how many items, 1 to J.
        exclude: pairs (user, item) to leave out, training interactions for instance.
        users: which users to rank items for; all of them, in order, if None.
        block_size: users B of a block; chosen to fit the cache if None.

    Shapes:
        user [I, D], item [J, D], exclude [2, E], users [U] -> scores [U, k], items [U, k]

    Returns:
        Scores, largest first, and item numbers. Where fewer than k items are left for a user, the
        rest has score ``-inf`` and item -1.

    Raises:
        TypeError: if embeddings are no float matrices, or pairs no integers.
        ValueError: for NaN or infinite embeddings, unequal widths, dtypes or devices, pairs or
            users out of range, or k above the number of items.

    Cost:
        O(U J D) time for the products and O(U J) for the selection; O(B J) memory beyond the
        result.

    Example:
        >>> user, item = torch.eye(2), torch.tensor([[1.0, 0.0], [0.5, 1.0], [0.5, 1.0]])
        >>> top_items(user, item, 2, exclude=torch.tensor([[0], [0]]))[1]
        tensor([[1, 2],
                [1, 2]])
    """
    _check(user, item, k)
    if users is None:
        users = torch.arange(len(user), device=user.device)
    elif not isinstance(users, Tensor) or users.dim() != 1 or users.dtype != torch.int64:
        raise TypeError(f"users must be an int64 vector, got {describe(users)}")
    elif len(users) and not 0 <= int(users.min()) <= int(users.max()) < len(user):
        low, high = (int(v) for v in users.aminmax())
        raise ValueError(f"users must lie in [0, {len(user)}), got {low if low < 0 else high}")
    table = item.float() if item.dtype.itemsize < 4 else item
    seen = None if exclude is None else _Seen(exclude, len(user), len(item))
    size = max(1, _BLOCK_ENTRIES // len(item)) if block_size is None else block_size
    values = user.new_empty(len(users), k, dtype=table.dtype)
    index = torch.empty(len(users), k, dtype=torch.long, device=user.device)
    start = 0
    for block in users.split(check_int(size, "block_size", minimum=1)):
        rows = slice(start, start + len(block))
        scores = user[block].to(table.dtype) @ table.t()  # [B, J]
        if seen is not None:
            scores[seen.of(block)] = -math.inf
        values[rows], index[rows] = _largest(scores, k)
        start += len(block)
    return values, index.masked_fill_(values == -math.inf, -1)


def _largest(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    r"""The k largest of each row, and of equal ones those of the smaller columns: [B, k] each."""
    values, index = scores.topk(min(k + 1, scores.size(1)), dim=1)
    if values.size(1) > k:  # one more than asked for tells whether others equal the last
        tied = (values[:, k - 1] == values[:, k]) & (values[:, k] > -math.inf)
        values, index = values[:, :k], index[:, :k]
        if bool(tied.any()):
            index[tied] = _first_of_ties(scores[tied], values[tied, -1:], k)
            values = scores.gather(1, index)
    index, order = index.sort(dim=1)
    values, order = values.gather(1, order).sort(dim=1, descending=True, stable=True)
    return values, index.gather(1, order)


def _first_of_ties(scores: Tensor, last: Tensor, k: int) -> Tensor:
    r"""Columns of the scores above ``last`` [B, 1] and of the first that equal it: [B, k]."""
    above, equal = scores > last, scores == last
    room = k - above.sum(1, keepdim=True)
    chosen = above | (equal & (equal.cumsum(1, dtype=torch.int32) <= room))
    return chosen.nonzero()[:, 1].view(len(scores), k)


class _Seen:
    r"""The pairs to leave out, found by user."""

    def __init__(self, pairs: Tensor, num_users: int, num_items: int) -> None:
        check_interactions(pairs, num_users, num_items, "exclude")
        keys = interaction_keys(pairs, num_items)
        self.start = user_slices(keys, num_users, num_items)
        self.item = keys % num_items

    def of(self, users: Tensor) -> tuple[Tensor, Tensor]:
        r"""Rows and items of the pairs of some users."""
        start = self.start[users]
        count = self.start[users + 1] - start
        row = torch.arange(len(users), device=users.device).repeat_interleave(count)
        offset = torch.arange(len(row), device=users.device) - (count.cumsum(0) - count)[row]
        return row, self.item[start[row] + offset]


def _check(user: Tensor, item: Tensor, k: int) -> None:
    check_matrix(user, "user")
    check_matrix(item, "item")
    if user.size(1) != item.size(1) or user.dtype != item.dtype or user.device != item.device:
        raise ValueError(
            "user and item must agree in width, dtype and device, "
            f"got {describe(user)} on {user.device} and {describe(item)} on {item.device}"
        )
    if check_int(k, "k", minimum=1) > len(item):
        raise ValueError(f"k must be at most {len(item)}, the number of items; got {k}")
