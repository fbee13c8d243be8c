r"""What all recommenders share: tables of users and items, and propagation between them.

Legend: I users, J items, E interactions, D width, L layers, B triplets of a batch.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from gcl.augmenters.per_graph import PerGraph
from gcl.checks import check_choice, check_int, check_probability, describe
from gcl.functional.bipartite import Bipartite, Pair, bipartite_adjacency
from gcl.functional.gather import gather_rows
from gcl.functional.interaction_data import RATES
from gcl.loaders import TripletLoader, UserLoader
from gcl.modes import evaluating


class Triplets(NamedTuple):
    r"""A user, an item that the user took, and one not taken: [B] each."""

    user: Tensor
    positive: Tensor
    negative: Tensor


class Recommender(nn.Module):
    r"""Base of the methods that rank items for users: ``step(batch)`` gives a loss,
    ``embed(data)`` gives embeddings whose inner products are the scores.

    There is no encoder but the tables: one vector for each user and item, propagated along the
    normalised interactions. A method holds no training loop; :func:`gcl.training.fit` or a loop of
    your own calls ``step`` with the batches of its ``loader_class``, mostly a
    :class:`~gcl.loaders.TripletLoader`.

    Args:
        num_users: I.
        num_items: J.
        embedding_dim: width D.
        num_layers: layers of propagation L, 0 or more.
        dropout: probability of losing an entry of the adjacency in training, in each layer and
            direction; what stays is divided by 1 - p.
        init: ``"xavier"`` (uniform) or ``"normal"`` (standard deviation 0.1) first tables.
    """

    #: The loader whose batches the method is made for.
    loader_class: ClassVar[type[TripletLoader] | type[UserLoader]] = TripletLoader

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int = 64,
        *,
        num_layers: int = 3,
        dropout: float = 0.0,
        init: str = "xavier",
    ) -> None:
        super().__init__()
        check_choice(init, "init", ("xavier", "normal"))
        self.num_users = check_int(num_users, "num_users", minimum=1)
        self.num_items = check_int(num_items, "num_items", minimum=1)
        self.num_layers = check_int(num_layers, "num_layers")
        self.dropout = check_probability(dropout, "dropout")
        width = check_int(embedding_dim, "embedding_dim", minimum=1)
        self.user = nn.Parameter(torch.empty(num_users, width))
        self.item = nn.Parameter(torch.empty(num_items, width))
        for table in (self.user, self.item):
            if init == "xavier":
                nn.init.xavier_uniform_(table)
            else:
                nn.init.normal_(table, std=0.1)
        self._adjacency = PerGraph(bipartite_adjacency)

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the scalar loss of one training step on the interactions and the triplets."""
        raise NotImplementedError

    def represent(self, data: HeteroData) -> Pair:
        r"""The final embeddings of all users and items: [I, D], [J, D].

        Unless a method says otherwise they are the mean of the tables and all layers, as in
        :class:`~gcl.methods.LightGCN`.
        """
        return read_out(self.layers(self.adjacency(data)), "mean")

    @torch.no_grad()
    def embed(self, data: HeteroData) -> dict[str, Tensor]:
        r"""Embed all users and items along the interactions as they are, in evaluation mode.

        Returns:
            ``{"user": [I, D], "item": [J, D]}``; the score of an item for a user is their inner
            product.

        Raises:
            TypeError, ValueError: if ``data`` holds no interactions, or users or items that the
                method has no vector for.
        """
        with evaluating(self):
            user, item = self.represent(data)
        return {"user": user, "item": item}

    def adjacency(self, data: HeteroData) -> Bipartite:
        r"""The normalised interactions of ``data``; they are found once for each content."""
        return self._adjacency(self.interactions(data), self.num_users, self.num_items)

    def interactions(self, data: HeteroData) -> Tensor:
        r"""User and item of each interaction: [2, E]."""
        if not isinstance(data, HeteroData):
            raise TypeError(f"data must be a HeteroData of users and items, got {describe(data)}")
        if RATES not in data.edge_types:
            raise ValueError(f"data must have edges (user, rates, item), got {data.edge_types}")
        for kind, known in (("user", self.num_users), ("item", self.num_items)):
            if data[kind].num_nodes != known:
                raise ValueError(
                    f"data must have the {known} {kind}s of the method, got {data[kind].num_nodes}"
                )
        if data[RATES].get("edge_weight") is not None:
            raise ValueError("edge_weight of (user, rates, item) would be ignored; remove it")
        return data[RATES].edge_index

    def layers(self, a: Bipartite) -> list[Pair]:
        r"""The tables and the L layers of propagation: L + 1 pairs [I, D], [J, D]."""
        found: list[Pair] = [(self.user, self.item)]
        for _ in range(self.num_layers):
            found.append(self.propagate(a, *found[-1]))
        return found

    def propagate(self, a: Bipartite, user: Tensor, item: Tensor) -> Pair:
        r"""One layer; in training, entries of the adjacency may be lost: [I, D], [J, D]."""
        if self.training and self.dropout:
            return a.propagate_dropped(user, item, self.dropout)
        return a.propagate(user, item)

    def extra_repr(self) -> str:
        r"""Show the sizes."""
        return (
            f"num_users={self.num_users}, num_items={self.num_items}, "
            f"embedding_dim={self.user.size(1)}, num_layers={self.num_layers}"
        )


def read_out(layers: Sequence[Pair], how: str) -> Pair:
    r"""The sum or mean of layers, for users and items: [I, D], [J, D]."""
    users, items = zip(*layers, strict=True)
    scale = 1.0 if how == "sum" else 1 / len(layers)
    return _total(users) * scale, _total(items) * scale


def _total(layers: Sequence[Tensor]) -> Tensor:
    total = layers[0]
    for layer in layers[1:]:
        total = total + layer
    return total


def triplets(batch: HeteroData) -> Triplets:
    r"""User, positive and negative item of each triplet: three times [B]."""
    found = batch.get("triplets") if isinstance(batch, HeteroData) else None
    if not isinstance(found, Tensor) or found.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            "batch must be a HeteroData with whole numbers 'triplets' [3, B], as a TripletLoader "
            f"gives them; got {describe(batch if found is None else found)}"
        )
    if found.dim() != 2 or found.size(0) != 3 or not found.size(1):
        raise ValueError(f"triplets must have shape [3, B] with B > 0, got {describe(found)}")
    return Triplets(*found.unbind())


def times_own(batch: HeteroData, drawn: Triplets) -> float:
    r"""How many times as many triplets a batch has in all processes: 1 in a single one.

    Processes weigh their losses as means over triplets; a sum has to be multiplied by this.
    """
    own = len(drawn.user)
    return batch.get("num_triplets", own) / own


def rows(final: Pair, drawn: Triplets) -> tuple[Tensor, Tensor, Tensor]:
    r"""The rows of the users, positive and negative items of all triplets: three times [B, D]."""
    user, item = final
    items = item.index_select(0, torch.cat([drawn.positive, drawn.negative]))
    positive, negative = items.chunk(2)
    return user.index_select(0, drawn.user), positive, negative


def sum_squares(user: Tensor, item: Tensor, drawn: Triplets) -> Tensor:
    r"""Half the squared lengths of the rows of all triplets, summed: the L2 penalty."""
    return sum(x.square().sum() for x in rows((user, item), drawn)) / 2  # type: ignore[return-value]


def mean_squares(user: Tensor, item: Tensor, drawn: Triplets) -> Tensor:
    r"""The same for each triplet."""
    return sum_squares(user, item, drawn) / len(drawn.user)


def mean_norms(parts: Sequence[Tensor], batch: HeteroData, drawn: Triplets) -> Tensor:
    r"""Frobenius norms of rows [B, D] of a batch in all processes, added, for each triplet."""
    squares = torch.stack([part.square().sum(1) for part in parts], dim=1)  # [B, parts]
    total = gather_rows(squares)[0].sum(0)  # a norm is no sum over processes, its square is
    smallest = torch.finfo(total.dtype).tiny  # rows of zeros get a gradient of zero
    return total.clamp_min(smallest).sqrt().sum() / (len(drawn.user) * times_own(batch, drawn))
