r"""What the loaders of parts of one graph share: an order of items, and batches of them."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.checks import check_flag, check_int
from gcl.functional.draws import check_generator, permutation
from gcl.loaders.sharding import Share, check_shares, own_part


class GraphLoader:
    r"""Base of the loaders that walk over one graph in batches, anew in every epoch.

    Subclasses implement :meth:`load`.

    Several processes share the batches: one draws the :meth:`order`, and each loads its
    :meth:`shares`. :func:`gcl.training.fit` does this in a group of processes.

    Args:
        num_items: how many seeds or parts there are.
        batch_size: how many of them make a batch, of all processes together.
        shuffle: draw a new order in every epoch.
        drop_last: leave out a last batch that is smaller than the others.
        generator: source of randomness; torch's global one if None. Training that is resumed
            restores either.
    """

    def __init__(
        self,
        num_items: int,
        batch_size: int,
        *,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        self.num_items = num_items
        self.batch_size = check_int(batch_size, "batch_size", minimum=1)
        self.shuffle = check_flag(shuffle, "shuffle")
        self.drop_last = check_flag(drop_last, "drop_last")
        self.generator = check_generator(generator)
        if drop_last and batch_size > num_items:
            raise ValueError(
                f"drop_last must be False with {num_items} items in batches of {batch_size}: no "
                "batch would remain"
            )

    def load(self, items: Tensor) -> Data:
        r"""The batch of these items, numbers [B] from 0 to ``num_items - 1``."""
        raise NotImplementedError

    def order(self) -> Tensor:
        r"""The order of the items in one epoch: [number of items]."""
        if not self.shuffle:
            return torch.arange(self.num_items)
        return permutation(self.num_items, torch.device("cpu"), self.generator)

    def __len__(self) -> int:
        r"""Number of batches in an epoch."""
        full, rest = divmod(self.num_items, self.batch_size)
        return full if self.drop_last or not rest else full + 1

    def __iter__(self) -> Iterator[Data]:
        r"""One epoch."""
        for items in self.order().split(self.batch_size)[: len(self)]:
            yield self.load(items)

    def shares(self, order: Tensor, rank: int, size: int) -> Iterator[Share]:
        r"""One epoch of one process: consecutive parts of the items of each batch.

        Every item is in the share of exactly one process. A last batch of fewer items than
        processes leaves some without: they get a batch that stands in, with ``rows`` 0.

        Args:
            order: the order of the items, the same in all processes.
            rank: number of the process, from 0.
            size: number of processes, at most ``batch_size``.

        Raises:
            ValueError: if a full batch has fewer items than there are processes.
        """
        check_shares(rank, size, self.batch_size)
        for items in order.split(self.batch_size)[: len(self)]:
            part, own = own_part(items, rank, size)
            batch = self.load(part)
            yield Share(batch, int(batch.batch_size) if own else 0)

    def fingerprint(self) -> float:
        r"""A number that is the same for loaders whose items are the same."""
        return float(self.num_items)
