r"""Batches of users, each with several items taken and as many not taken.

Legend: I users, J items, E interactions, B users of a batch, T triplets of a batch, S pairs a user.
"""

import copy
import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_int
from gcl.functional.distinct import draw_distinct
from gcl.functional.draws import check_generator, permutation
from gcl.functional.interaction_data import interaction_data, without_test
from gcl.functional.negative_items import NegativeItems


class UserLoader:
    r"""Walk over the users once an epoch, each with up to ``samples`` items taken and as many not
    taken (the older setting of `LightGCL <https://arxiv.org/abs/2302.08191>`_).

    A user with n interactions and f other items gets min(S, n, f) different items of each kind,
    drawn uniformly without replacement and paired at random. A batch is a shallow copy of ``data``
    with ``batch.triplets`` [3, T], as a :class:`~gcl.loaders.TripletLoader` gives them; all
    triplets of a user are in one batch, one after the other. Users without interactions are in
    none. An active user so has no more triplets an epoch than one with S interactions.

    Args:
        data: training interactions, ``split.data`` for instance. A given test part is left behind.
        batch_size: users B of a batch, at least 1; the last batch may be smaller.
        samples: how many items of each kind a user gets at most, S, at least 1.
        users_per_epoch: how many users an epoch has at most, drawn anew for each; all if None. The
            authors' code has 30,000.
        generator: source of randomness, whose state :func:`gcl.training.fit` saves; torch's
            global generator if None.

    Raises:
        TypeError: if ``data`` is no ``HeteroData``.
        ValueError: for data without interactions, numbers out of range, or a user without a free
            item, who is named.

    Cost:
        O(E log E) time and O(E) memory when built if interactions are not sorted; an epoch is drawn
        at once, in O(I S (S + log E)) time and 24 bytes for each of its triplets.

    Example:
        >>> from gcl.datasets import interactions
        >>> data = interactions(torch.tensor([[0, 0, 1], [0, 1, 2]]))
        >>> [batch.triplets.shape for batch in UserLoader(data, 2, samples=40)]
        [torch.Size([3, 2])]
    """

    def __init__(
        self,
        data: HeteroData,
        batch_size: int,
        *,
        samples: int = 40,
        users_per_epoch: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        graph = interaction_data(data)
        self.data = without_test(data)
        self.batch_size = check_int(batch_size, "batch_size", minimum=1)
        self.samples = check_int(samples, "samples", minimum=1)
        if users_per_epoch is not None:
            check_int(users_per_epoch, "users_per_epoch", minimum=1)
        self.generator = check_generator(generator)
        if not graph.edge_index.size(1):
            raise ValueError(f"data must hold at least one interaction, got {data}")
        self._sampler = NegativeItems(*graph)
        self._item = self._sampler.keys % graph.num_items
        self._degree = self._sampler.start.diff()
        self._active = self._degree.nonzero().view(-1)
        self._sampler.check_free(self._active)
        self.users_per_epoch = min(users_per_epoch or len(self._active), len(self._active))

    def __len__(self) -> int:
        return math.ceil(self.users_per_epoch / self.batch_size)

    def __iter__(self) -> Iterator[HeteroData]:
        order = permutation(len(self._active), self._active.device, self.generator)
        triplets, count = self._draw(self._active[order[: self.users_per_epoch]])
        sizes = [int(part.sum()) for part in count.split(self.batch_size)]
        for part in triplets.split(sizes, dim=1):
            batch = copy.copy(self.data)
            batch.triplets = part
            yield batch

    def _draw(self, user: Tensor) -> tuple[Tensor, Tensor]:
        r"""The triplets of some users one after the other, and how many each has: [3, T], [I]."""
        degree = self._degree[user]
        count = torch.minimum(degree, self._sampler.free(user)).clamp_max(self.samples)
        place = draw_distinct(degree, count, generator=self.generator)
        negative = self._sampler.different(user, count, generator=self.generator)
        positive = self._item[self._sampler.start[user][:, None] + place.clamp_min(0)]
        owner = user[:, None].expand_as(place)
        return torch.stack([owner, positive, negative])[:, place >= 0], count
