r"""Batches of users with an item they interacted with and one they did not.

Legend: I users, J items, E interactions, B triplets of a batch.
"""

import copy
import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_choice, check_int, check_non_negative
from gcl.functional.draws import check_generator, permutation, uniform
from gcl.functional.interaction_data import interaction_data, without_test
from gcl.functional.negative_items import NegativeItems, popularity
from gcl.loaders.sharding import Share, check_shares, fingerprint, own_part


class TripletLoader:
    r"""Walk over the interactions once an epoch, each with a sampled negative item.

    A batch is a shallow copy of ``data`` with ``batch.triplets`` [3, B]: users, items they have
    interacted with, items they have not (in training). The graph itself is the same in all batches.

    Args:
        data: training interactions, ``split.data`` for instance. A given test part is left behind.
        batch_size: B, at least 1; the last batch may be smaller.
        negatives: ``"uniform"`` over the items without an interaction with the user, or
            ``"popularity"``: in proportion to a power of the number of interactions.
        exponent: that power, 0 or above; 0.75 by default. An error with ``"uniform"``.
        draw: when negatives are drawn: all of an ``"epoch"`` before its first batch (as `LightGCL
            <https://arxiv.org/abs/2302.08191>`_), or at each ``"step"`` for its batch. The
            distribution is the same; an epoch's takes 24 bytes for each interaction.
        users: ``"interactions"`` lists every interaction once, in random order. ``"uniform"``
            draws E users uniformly with replacement and for each one of their items, as the code of
            `LightGCN <https://arxiv.org/abs/2002.02126>`_ does: users with few interactions
            then count for more than their share.
        generator: source of randomness, whose state :func:`gcl.training.fit` saves; torch's
            global generator if None.

    Raises:
        TypeError: if ``data`` is no ``HeteroData``.
        ValueError: for data without interactions, options out of range, or a user without a free
            item, who is named.

    Cost:
        O(E log E) time and O(E) memory when built if interactions are not sorted, then O(log E) a
        triplet. No table of users and items.

    Example:
        >>> from gcl.datasets import interactions
        >>> data = interactions(torch.tensor([[0, 0, 1], [0, 1, 2]]))
        >>> loader = TripletLoader(data, 2, generator=torch.Generator().manual_seed(0))
        >>> [batch.triplets.shape for batch in loader]
        [torch.Size([3, 2]), torch.Size([3, 1])]
    """

    def __init__(
        self,
        data: HeteroData,
        batch_size: int,
        *,
        negatives: str = "uniform",
        exponent: float | None = None,
        draw: str = "epoch",
        users: str = "interactions",
        generator: torch.Generator | None = None,
    ) -> None:
        graph = interaction_data(data)
        self.data = without_test(data)
        self.batch_size = check_int(batch_size, "batch_size", minimum=1)
        self.negatives = check_choice(negatives, "negatives", ("uniform", "popularity"))
        self.draw = check_choice(draw, "draw", ("epoch", "step"))
        self.users = check_choice(users, "users", ("interactions", "uniform"))
        self.generator = check_generator(generator)
        if not graph.edge_index.size(1):
            raise ValueError(f"data must hold at least one interaction, got {data}")
        weight = None
        if negatives == "popularity":
            power = 0.75 if exponent is None else check_non_negative(exponent, "exponent")
            weight = popularity(graph.edge_index, graph.num_items, exponent=power)
        elif exponent is not None:
            raise ValueError(f"exponent={exponent} would be ignored by negatives='uniform'")
        self._sampler = NegativeItems(*graph, weight=weight)
        keys, num_items = self._sampler.keys, graph.num_items
        self._edges = torch.stack([keys // num_items, keys % num_items])
        self._active = self._edges[0].unique()
        self._sampler.check_free(self._active)

    def __len__(self) -> int:
        return math.ceil(self._edges.size(1) / self.batch_size)

    def __iter__(self) -> Iterator[HeteroData]:
        for part in self.order().split(self.batch_size, dim=1):
            yield self.load(part)

    def order(self) -> Tensor:
        r"""What an epoch is made of, in random order: pairs [2, E], or triplets [3, E].

        They are triplets if negatives are drawn for an epoch.
        """
        pairs = self._pairs()
        return self._with_negatives(pairs) if self.draw == "epoch" else pairs

    def load(self, part: Tensor) -> HeteroData:
        r"""The batch of pairs [2, B], with negatives drawn for it, or triplets [3, B]."""
        batch = copy.copy(self.data)
        batch.triplets = part if len(part) == 3 else self._with_negatives(part)
        return batch

    def shares(self, order: Tensor, rank: int, size: int) -> Iterator[Share]:
        r"""One epoch of one process: consecutive parts of the triplets of each batch.

        Every triplet is in the share of exactly one process. ``batch.num_triplets`` is the number
        of those of all processes.

        Args:
            order: what :meth:`order` gave one of the processes.
            rank: number of the process, from 0.
            size: number of processes, at most ``batch_size``.

        Raises:
            ValueError: if a full batch has fewer triplets than there are processes.
        """
        check_shares(rank, size, self.batch_size)
        for triplets in order.split(self.batch_size, dim=1):
            part, own = own_part(triplets, rank, size)
            batch = self.load(part)
            batch.num_triplets = triplets.size(1)
            yield Share(batch, part.size(1) if own else 0)

    def fingerprint(self) -> float:
        r"""A number that is the same for loaders of the same interactions."""
        return fingerprint(self._edges)

    def _pairs(self) -> Tensor:
        r"""The users and positive items of an epoch, in random order: [2, E]."""
        total, device = self._edges.size(1), self._edges.device
        if self.users == "interactions":
            return self._edges[:, permutation(total, device, self.generator)]
        active, start = self._active, self._sampler.start
        user = active[self._below(len(active), total)]
        degree = start.diff()[user]
        item = self._edges[1, start[user] + self._below(degree, total)]
        return torch.stack([user, item])

    def _below(self, high: int | Tensor, count: int) -> Tensor:
        r"""Uniform integers in [0, high), one bound for all or one for each."""
        draws = uniform((count,), self._edges.device, self.generator, torch.float64) * high
        return torch.minimum(draws.long(), torch.as_tensor(high, device=draws.device) - 1)

    def _with_negatives(self, pairs: Tensor) -> Tensor:
        negative = self._sampler(pairs[0], generator=self.generator)
        return torch.cat([pairs, negative[None]])
