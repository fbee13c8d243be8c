r"""Training, validation and test interactions of each user.

Legend: I users, J items, E interactions, V and T of them held out.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_choice, check_int, check_number
from gcl.functional.interaction_data import RATED, RATES, interaction_data, without_test

RANKING_PROTOCOLS = ("given", "ratio", "leave_one_out")


class RankingSplit(NamedTuple):
    r"""Interactions to train on, to choose a model by, and to score it with."""

    data: HeteroData
    r"""The graph with the training interactions alone."""
    val: Tensor
    r"""Held out to choose a model by, possibly none: users and items, [2, V]."""
    test: Tensor
    r"""Held out to be scored once: users and items, [2, T]."""


def ranking_split(
    data: HeteroData,
    protocol: str = "given",
    *,
    val: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
) -> RankingSplit:
    r"""Hold out interactions of each user for validation and test.

    - ``"given"``: the test part that the data came with; validation interactions are drawn from
      the training ones of each user.
    - ``"ratio"``: shares ``val`` and ``test`` of each user's interactions, drawn at random. A
      given test part is put back first.
    - ``"leave_one_out"``: of each user the last interaction is for test and the one before it for
      validation (none with ``val=0``), by time where the data have times (ties at random), else
      drawn at random. A given test part is put back first.

    A share is rounded down, but is one interaction at least. A user keeps at least one interaction
    in training: users with too few for every part that is asked for keep all of theirs in training,
    and are in neither other part. The global random state is not touched.

    Args:
        data: interactions, from :func:`gcl.datasets.load` or :func:`gcl.datasets.interactions`; not
            changed.
        protocol: which interactions are held out.
        val: share of validation interactions in [0, 1); 0 holds out none. With
            ``"leave_one_out"`` any share above 0 means one interaction.
        test: share of test interactions in (0, 1), for ``"ratio"`` alone.
        seed: seed of all draws, 0 or above.

    Returns:
        The split. Users and items keep their numbers.

    Raises:
        TypeError: if ``data`` is no ``HeteroData``.
        ValueError: for an unknown protocol, ``"given"`` without a given test part, shares out of
            range, a split without a test interaction, or times of one part only.

    Cost:
        O(E log E) time, O(E) memory.

    Example:
        >>> from gcl.datasets import interactions
        >>> edge_index = torch.cartesian_prod(torch.arange(3), torch.arange(10)).t()
        >>> split = ranking_split(interactions(edge_index), "ratio", val=0.1, test=0.2)
        >>> split.data["user", "rates", "item"].num_edges, split.val.size(1), split.test.size(1)
        (21, 3, 6)
    """
    check_choice(protocol, "protocol", RANKING_PROTOCOLS)
    check_int(seed, "seed")
    _check_shares(val, test)
    interaction_data(data)
    rates = data[RATES]
    generator = torch.Generator().manual_seed(seed)
    if protocol == "given":
        if rates.get("test_edge_index") is None:
            raise ValueError(
                "protocol='given' needs a test part that came with the data, which has none; "
                "take 'ratio' or 'leave_one_out'"
            )
        edges, held = rates.edge_index, rates.test_edge_index
        if not held.size(1):
            raise ValueError("protocol='given' needs a test part, got one without an interaction")
        part = _parts(_shuffled(edges[0], None, generator), edges[0], val, 0.0)
        return _split(data, edges, rates.get("time"), part, held)
    edges, time = _pooled(data)
    ordered = time if protocol == "leave_one_out" else None
    order = _shuffled(edges[0], ordered, generator)
    shares = (val, test) if protocol == "ratio" else (1e-9 if val else 0.0, 1e-9)
    part = _parts(order, edges[0], *shares)
    if not bool((part == 2).any()):
        raise ValueError(
            f"no user has enough interactions to hold one out for test: {edges.size(1)} "
            f"interactions of {len(edges[0].unique())} users, val={val}"
        )
    return _split(data, edges, time, part, None)


def _shuffled(user: Tensor, time: Tensor | None, generator: torch.Generator) -> Tensor:
    r"""Interactions by user; of each user at random, or the latest first and ties at random."""
    order = torch.randperm(len(user), generator=generator).to(user.device)
    if time is not None:
        order = order[time[order].argsort(descending=True, stable=True)]
    return order[user[order].argsort(stable=True)]


def _parts(order: Tensor, user: Tensor, val: float, test: float) -> Tensor:
    r"""The part of each interaction, [E]: 0 for training, 1 for validation, 2 for test.

    The first interactions of a user in ``order`` are for test, those after them for validation.
    """
    count = user.bincount()
    num_test, num_val = (_share(count, share) for share in (test, val))
    enough = (count > num_test + num_val).long()
    num_test, num_val = num_test * enough, num_val * enough
    owner = user[order]
    rank = torch.arange(len(user), device=user.device) - (count.cumsum(0) - count)[owner]
    ranked = torch.zeros_like(user)
    ranked[rank < (num_test + num_val)[owner]] = 1
    ranked[rank < num_test[owner]] = 2
    return torch.empty_like(user).index_copy_(0, order, ranked)


def _share(count: Tensor, share: float) -> Tensor:
    r"""How many of ``count`` interactions a share is: rounded down, at least 1; 0 for no share."""
    return torch.floor(count.double() * share + 1e-9).long().clamp(min=1) if share else count * 0


def _split(
    data: HeteroData, edges: Tensor, time: Tensor | None, part: Tensor, test: Tensor | None
) -> RankingSplit:
    graph = without_test(data)
    train = part == 0
    graph[RATES].edge_index = edges[:, train]
    graph[RATED].edge_index = graph[RATES].edge_index.flip(0)
    if time is not None:
        graph[RATES].time = time[train]
    test = edges[:, part == 2] if test is None else test
    return RankingSplit(graph, edges[:, part == 1], test)


def _pooled(data: HeteroData) -> tuple[Tensor, Tensor | None]:
    r"""All interactions with their times, those of a given test part among them, sorted."""
    rates = data[RATES]
    edges, time = rates.edge_index, rates.get("time")
    held = rates.get("test_edge_index")
    if held is None:
        return edges, time
    if time is not None and rates.get("test_time") is None:
        raise ValueError("data have times of the training interactions but no test_time")
    edges = torch.cat([edges, held], dim=1)
    order = (edges[0] * int(data["item"].num_nodes) + edges[1]).argsort()
    time = None if time is None else torch.cat([time, rates.test_time])[order]
    return edges[:, order], time


def _check_shares(val: float, test: float) -> None:
    check_number(val, "val")
    check_number(test, "test")
    if not (val >= 0 and test > 0 and val + test < 1):
        raise ValueError(
            f"val must be at least 0, test above 0 and their sum below 1, got {val} and {test}"
        )
