r"""The batches of each epoch, of which every process trains on its share."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data.data import BaseData

from gcl.checks import describe
from gcl.functional.processes import exchange, lead, rank, together, world_size
from gcl.loaders.sharding import Share
from gcl.training.batches import Batches, move
from gcl.training.distributed.states import own_seed

SHARED = ("order", "shares", "fingerprint")


class Divided:
    r"""An iterable of batches that is different in every process already.

    For batches of one's own making, a ``DataLoader`` with PyG's or torch's ``DistributedSampler``
    for instance. Every process must give equally many. Nothing checks that they are disjoint.

    Args:
        batches: this process' batches; walked once an epoch.

    Example:
        >>> from torch_geometric.data import Data
        >>> own = Divided([Data(x=torch.rand(3, 4))])
        >>> [share.rows for share in own.shares(own.order(), 0, 1)]
        [3]
    """

    def __init__(self, batches: Iterable[Any]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)

    def order(self) -> Tensor:
        r"""Nothing that the processes would have to agree on."""
        return torch.empty(0)

    def shares(self, order: Tensor, rank: int, size: int) -> Iterator[Share]:
        r"""The batches, each with its number of seeds, or of nodes."""
        for batch in self.batches:
            yield Share(batch, count_rows(batch))

    def fingerprint(self) -> float:
        r"""The same for all."""
        return 0.0


class Turn(NamedTuple):
    r"""One step of one process.

    Attributes:
        batch: this process' share of a batch.
        rows: the number of rows of each process; 0 where one merely stands in.
    """

    batch: Any
    rows: list[float]


class Shares(Batches):
    r"""The turns of this process, on ``device``, drawn by the first process for all.

    Args:
        data: a loader with ``order()`` and ``shares(order, rank, size)``, or :class:`Divided`.
        device: where the batches have to be.
        epochs: how often the loader is walked.

    Raises:
        TypeError: for a whole graph, or batches that cannot be divided.
        ValueError: for loaders that differ between processes.
    """

    def __init__(self, data: BaseData | Iterable[Any], device: torch.device, epochs: int) -> None:
        _refuse(data)
        super().__init__(data, device, epochs)
        if len(set(exchange(self.source.fingerprint()))) > 1:
            raise ValueError(
                "data must be the same in all processes, but their loaders hold other seeds or "
                "parts: build them alike, with the same seed"
            )
        if self.generator is not None and rank():  # neighbours are drawn from it too
            self.generator.manual_seed(own_seed(self.generator.initial_seed()))

    def __iter__(self) -> Iterator[Turn]:
        order = lead(self.source.order)
        shares = iter(self.source.shares(order, rank(), world_size()))
        while True:
            share, rows = together(lambda: next(shares, None), lambda s: s.rows if s else -1.0)
            if max(rows) < 0:
                return
            if min(rows) < 0:
                raise ValueError("data must yield equally many batches in all processes")
            if not any(rows):
                raise ValueError("data must yield batches with a node, got one without any")
            yield Turn(move(share.batch, self.device), rows)


def count_rows(batch: Any) -> int:
    r"""The number of seeds of a batch, or of its nodes."""
    seeds = batch.get("batch_size") if isinstance(batch, BaseData) else None
    return int(batch.num_nodes if seeds is None else seeds)


def _refuse(data: Any) -> None:
    if isinstance(data, BaseData):
        raise TypeError(
            "data must be a loader with several processes: each trains on its share of a batch, "
            f"and a whole graph has none. Pass gcl.loaders.ClusterLoader(data, ...) or "
            f"NeighborLoader(data, ...), or train in one process; got {describe(data)}"
        )
    if not all(callable(getattr(data, name, None)) for name in SHARED):
        raise TypeError(
            "data must be a loader of gcl.loaders with several processes, which divide its "
            "batches; or batches of this process alone, as "
            f"gcl.training.distributed.Divided(...); got {describe(data)}"
        )
