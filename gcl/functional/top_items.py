r"""The items with the largest inner products for each user, without those already seen.

Legend: I users, J items, D width, E pairs to leave out, U users asked for, B of them in a block, P
panels of C items each.
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

    A whole row of scores is not sorted. Items lie in panels of C neighbours, and the k best items
    of a user can only be in the k panels with the largest maxima (of equal ones, the first); so one
    pass for the maxima leaves k C items to sort.

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
        O(U J D) time for the products and O(U (J + k C log(k C))) for the selection; O(B J) memory
        beyond the result.

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
    panels = _Panels(item, k)
    seen = None if exclude is None else _Seen(exclude, len(user), len(item))
    size = max(1, _BLOCK_ENTRIES // len(item)) if block_size is None else block_size
    values = user.new_empty(len(users), k, dtype=panels.table.dtype)
    index = torch.empty(len(users), k, dtype=torch.long, device=user.device)
    start = 0
    for block in users.split(check_int(size, "block_size", minimum=1)):
        rows = slice(start, start + len(block))
        scores = panels.scores(user[block])
        if seen is not None:
            row, column = seen.of(block)
            scores[row, panels.place(column)] = -math.inf
        values[rows], index[rows] = panels.largest(scores)
        start += len(block)
    return values, index.masked_fill_(values == -math.inf, -1)


class _Panels:
    r"""Items in P panels of C neighbours; item p C + c stands in column c P + p of the scores.

    The maximum over c is then taken over whole rows of P adjacent scores, which vectorises.
    """

    def __init__(self, item: Tensor, k: int) -> None:
        self.num_items, self.k = len(item), k
        # P + k C scores are sorted for each user: least for C = sqrt(J / k).
        self.width = max(1, round(math.sqrt(self.num_items / k)))
        self.count = -(-self.num_items // self.width)
        padded = torch.zeros(
            self.count * self.width, item.size(1), dtype=item.dtype, device=item.device
        )
        padded[: self.num_items] = item
        order = torch.arange(len(padded), device=item.device).view(self.count, self.width)
        self.items = order.t().reshape(-1)  # [C P], the item of each column
        self.table = padded[self.items].float() if item.dtype.itemsize < 4 else padded[self.items]
        self.padding = self.items >= self.num_items

    def scores(self, user: Tensor) -> Tensor:
        r"""Scores [B, C P], ``-inf`` where there is no item."""
        scores = user.to(self.table.dtype) @ self.table.t()
        if self.count * self.width > self.num_items:
            scores[:, self.padding] = -math.inf
        return scores

    def place(self, item: Tensor) -> Tensor:
        r"""The columns of items."""
        return item % self.width * self.count + item // self.width

    def largest(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        r"""The k largest scores of each row and their items: [B, k] each."""
        peak = scores.view(len(scores), self.width, self.count).amax(1)  # [B, P]
        k = min(self.k, self.count)
        panel = peak.sort(dim=1, descending=True, stable=True).indices[:, :k].sort(1).values
        inside = torch.arange(self.width, device=scores.device)
        item = (panel[:, :, None] * self.width + inside).flatten(1)  # [B, k C], ascending
        values = scores.gather(1, self.place(item))
        values, order = values.sort(dim=1, descending=True, stable=True)
        return values[:, : self.k], item.gather(1, order[:, : self.k])


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
