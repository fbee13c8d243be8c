r"""Items that a user has not interacted with, drawn at random without a table of users and items.

Legend: I users, J items, E interactions, B draws.
"""

import torch
from torch import Tensor

from gcl.checks import check_non_negative, describe
from gcl.functional.distinct import draw_distinct
from gcl.functional.draws import uniform
from gcl.functional.interactions import (
    check_interactions,
    interacted,
    interaction_keys,
    user_slices,
)

_ROUNDS = (
    16  # of rejection: it leaves a fifth of the draws where seen items hold 9/10 of the weight
)
_ENTRIES = 2**22  # weights that are written out at once, 32 MiB in float64


def negative_items(
    user: Tensor,
    edge_index: Tensor,
    num_users: int,
    num_items: int,
    *,
    weight: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw for each entry of ``user`` one item that this user has not interacted with.

    To draw again and again from the same interactions, build :class:`NegativeItems` once.

    Args:
        user: whom to draw for, with repetition.
        edge_index: the interactions, users in its first row and items in its second.
        num_users: I.
        num_items: J.
        weight: probability of each item up to a factor, 0 or above (see :func:`popularity`); None
            for equal ones.
        generator: source of randomness; torch's global generator if None.

    Shapes:
        user [B], edge_index [2, E], weight [J] -> [B], int64

    Raises:
        TypeError, ValueError: for users or items out of range, weights that are no finite numbers
            of 0 or above, or a user without a free item (of positive weight), who is named.

    Cost:
        O(E log E) to sort interactions that are not in order, then as :class:`NegativeItems`.

    Example:
        >>> seen = torch.tensor([[0, 0, 1, 1], [0, 1, 0, 2]])
        >>> negative_items(torch.tensor([0, 1, 0]), seen, 2, 3)
        tensor([2, 1, 2])
    """
    sampler = NegativeItems(edge_index, num_users, num_items, weight=weight)
    return sampler(user, generator=generator)


def popularity(edge_index: Tensor, num_items: int, *, exponent: float = 1.0) -> Tensor:
    r"""Weight :math:`n_i^\alpha` of each item, with :math:`n_i` its number of interactions.

    Args:
        edge_index: the interactions, users in its first row and items in its second.
        num_items: J.
        exponent: :math:`\alpha`, 0 or above; 0.75 is the choice of `word2vec
            <https://arxiv.org/abs/1310.4546>`_. Items without interactions have weight 0, but
            for an exponent of 0: then all weights are 1.

    Shapes:
        edge_index [2, E] -> [J], float64

    Example:
        >>> popularity(torch.tensor([[0, 1, 1], [2, 2, 0]]), 3)
        tensor([1., 0., 2.], dtype=torch.float64)
    """
    check_non_negative(exponent, "exponent")
    return edge_index[1].bincount(minlength=num_items).double() ** exponent


class NegativeItems:
    r"""A sampler of :func:`negative_items` that sorts and counts the interactions once.

    Equal weights need no rejection: the r-th item that is free for a user is r plus the number of
    the user's items before it, which one binary search finds, so every draw is exact in one round.
    Weighted draws that hit an item of the user are drawn again, a few times; what is then left,
    users whose items hold most of the weight, is drawn from their free items alone.

    Args:
        edge_index: the interactions.
        num_users: I.
        num_items: J.
        weight: as in :func:`negative_items`.

    Cost:
        O(E) memory. A draw is O(B log E); a weighted one takes 1 / (1 - w) such rounds on average,
        where w is the share of the weight that the user's items hold.

    Example:
        >>> sampler = NegativeItems(torch.tensor([[0, 0, 1], [0, 1, 2]]), 2, 3)
        >>> sampler(torch.tensor([0, 0]))
        tensor([2, 2])
    """

    def __init__(
        self,
        edge_index: Tensor,
        num_users: int,
        num_items: int,
        *,
        weight: Tensor | None = None,
    ) -> None:
        check_interactions(edge_index, num_users, num_items)
        self.num_users, self.num_items = num_users, num_items
        self.keys = interaction_keys(edge_index, num_items)
        self.start = user_slices(self.keys, num_users, num_items)
        self.weight = None if weight is None else _check_weight(weight, num_items)
        # The t-th item s_t of a user has s_t - t free items before it, and these numbers ascend.
        position = torch.arange(len(self.keys), device=self.keys.device)
        self._free_before = self.keys - position + self.start[self.keys // num_items]
        self._free = self._count_free()

    def __call__(self, user: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw one free item for each user: [B] -> [B]."""
        user = self._check_users(user).long()
        self.check_free(user)
        if self.weight is None:
            return self._uniform(user, generator)
        return self._weighted(user, self.weight, generator)

    def different(
        self, user: Tensor, count: Tensor, *, generator: torch.Generator | None = None
    ) -> Tensor:
        r"""Draw ``count`` different free items for each user, all of them equally likely.

        Args:
            user: whom to draw for.
            count: how many items each of them gets, at most as many as :meth:`free`.
            generator: source of randomness; torch's global generator if None.

        Shapes:
            user [B], count [B] -> [B, W] with W the largest count; -1 fills shorter rows

        Raises:
            ValueError: if items have weights, or a count is above the free items.
        """
        user = self._check_users(user).long()  # products with the number of items pass int32
        if self.weight is not None:
            raise ValueError("different items are drawn with equal weights only, got weight")
        rank = draw_distinct(self._free[user], count, generator=generator)
        item = self._free_item(user[:, None], rank.clamp_min(0))
        return item.masked_fill_(rank < 0, -1)

    def free(self, user: Tensor) -> Tensor:
        r"""How many items (of positive weight) each user has not interacted with: [B] -> [B]."""
        return self._free[user]

    def _check_users(self, user: Tensor) -> Tensor:
        if not isinstance(user, Tensor) or user.dtype not in (torch.int64, torch.int32):
            raise TypeError(f"user must be an integer tensor [B], got {describe(user)}")
        if user.dim() != 1:
            raise ValueError(f"user must have shape [B], got {describe(user)}")
        low, high = (int(v) for v in user.aminmax()) if len(user) else (0, 0)
        if low < 0 or high >= self.num_users:
            bad = low if low < 0 else high
            raise ValueError(f"user must lie in [0, {self.num_users}), got {bad}")
        return user

    def check_free(self, user: Tensor) -> None:
        r"""Raise ValueError if one of the users has interacted with all items (of any weight)."""
        full = user[self._free[user] == 0].unique()
        if len(full):
            which = f"all {self.num_items} items"
            which += "" if self.weight is None else " of positive weight"
            raise ValueError(
                f"user {int(full[0])} has interacted with {which}, so there is no negative item "
                f"({len(full)} such users); leave out their interactions"
            )

    def _count_free(self) -> Tensor:
        r"""How many items (of positive weight) each user has not interacted with: [I]."""
        if self.weight is None:
            return self.num_items - self.start.diff()
        positive = self.weight > 0
        owner, item = self.keys // self.num_items, self.keys % self.num_items
        seen = owner[positive[item]].bincount(minlength=self.num_users)
        return positive.sum() - seen

    def _uniform(self, user: Tensor, generator: torch.Generator | None) -> Tensor:
        free = self._free[user]
        rank = (uniform((len(user),), user.device, generator, torch.float64) * free).long()
        rank = torch.minimum(rank, free - 1)  # the product may be rounded up to ``free``
        return self._free_item(user, rank)

    def _free_item(self, user: Tensor, rank: Tensor) -> Tensor:
        r"""The item that is free for a user and has ``rank`` free ones before it."""
        wanted = user * self.num_items + rank
        before = torch.searchsorted(self._free_before, wanted, right=True) - self.start[user]
        return rank + before

    def _weighted(self, user: Tensor, weight: Tensor, generator: torch.Generator | None) -> Tensor:
        total = weight.cumsum(0)[None]
        item = torch.empty_like(user)
        left = torch.arange(len(user), device=user.device)
        for _ in range(_ROUNDS):
            item[left] = fresh = _positions(total, len(left), generator)
            left = left[interacted(self.keys, user[left], fresh, self.num_items)]
            if not len(left):
                return item
        for rows in left.split(max(1, _ENTRIES // self.num_items)):
            item[rows] = self._among_free(user[rows], weight, generator)
        return item

    def _among_free(
        self, user: Tensor, weight: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        r"""Draw from the weights of the free items alone, written out as [B, J]."""
        items = torch.arange(self.num_items, device=user.device)
        seen = interacted(self.keys, user[:, None], items, self.num_items)
        return _positions((weight * ~seen).cumsum(1), 1, generator)


def _positions(total: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    r"""Draw ``count`` positions from each row of cumulative weights: [R, J] -> [R count]."""
    draw = uniform((len(total), count), total.device, generator, torch.float64) * total[:, -1:]
    found = torch.searchsorted(total, draw, right=True)  # never a position of weight 0
    last = torch.searchsorted(total, total[:, -1:].contiguous())  # the last of positive weight
    return torch.minimum(found, last).view(-1)


def _check_weight(weight: Tensor, num_items: int) -> Tensor:
    if not isinstance(weight, Tensor) or weight.shape != (num_items,):
        raise ValueError(f"weight must have shape [{num_items}], got {describe(weight)}")
    values = weight.double()
    if not bool((torch.isfinite(values) & (values >= 0)).all()) or not bool(values.sum() > 0):
        raise ValueError(
            f"weight must hold finite numbers, 0 or above, one of them above 0; got {weight}"
        )
    return values
