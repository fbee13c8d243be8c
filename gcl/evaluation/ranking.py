r"""All-ranking evaluation of recommendations from embeddings of users and items.

Legend: I users, J items, D width, E training pairs, T test pairs, U users with a test item, K
places of a list.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gcl.checks import check_choice, check_int
from gcl.evaluation.ranking_metrics import METRICS, check_metrics
from gcl.evaluation.result import Result
from gcl.functional.interaction_data import RATES
from gcl.functional.interactions import check_interactions, interacted, interaction_keys
from gcl.functional.top_items import top_items
from gcl.loaders import RankingSplit

Pairs = tuple[Tensor, Tensor]


class UserScores(NamedTuple):
    r"""Metrics of every user with a test item."""

    user: Tensor
    r"""The users, ascending: [U]."""
    scores: dict[str, Tensor]
    r"""For each metric and K, ``"recall@20"`` for instance, one value a user: [U]."""
    hits: Tensor
    r"""Whether each place of the lists holds a test item, for the largest K: [U, K]."""
    items: Tensor
    r"""The lists, item numbers, -1 where no item was left: [U, K]."""


def ranking(
    user: Tensor,
    item: Tensor,
    split: RankingSplit | Pairs,
    *,
    k: int | Sequence[int] = (20,),
    metrics: Sequence[str] = tuple(METRICS),
    part: str = "test",
    block_size: int | None = None,
) -> Result:
    r"""Score embeddings by how they rank held-out items among *all* items.

    For each user with a held-out item, all items are ordered by :math:`\langle e_u, e_i \rangle`,
    training items left out (of equal scores, the smaller item number comes first), and the first K
    places are compared with the held-out items. Values are means over these users; users without a
    held-out item take no part. Definitions are in :mod:`gcl.evaluation.ranking_metrics`.

    Validation items of a split are left out of the lists for its test part: they are known by then,
    and the papers that use a given split leave out all that is not in it.

    Args:
        user: embeddings of all users, on any device; no gradient flows back.
        item: embeddings of all items.
        split: from :func:`~gcl.loaders.ranking_split`; or two tensors of pairs (user, item), those
            to leave out and those to find.
        k: the K of each metric, one or several, at most the number of items.
        metrics: some of ``"recall"``, ``"ndcg"``, ``"precision"``, ``"hit_rate"``, ``"mrr"`` and
            ``"map"``; all by default. The first is the primary one.
        part: ``"test"`` or ``"val"``, of a split.
        block_size: users of a block; chosen to fit the cache if None.

    Shapes:
        user [I, D], item [J, D], pairs [2, E] and [2, T]

    Returns:
        One value for each metric and K: ``result["recall@20"]``.

    Raises:
        TypeError: if embeddings are no float matrices, or pairs no integers.
        ValueError: for NaN or infinite embeddings, shapes that do not fit, pairs out of range, an
            empty part, an unknown metric, or a K above the number of items.

    Cost:
        O(U J D) time; memory beyond the inputs is a block of scores and O(U K + E + T).

    Example:
        >>> user, item = torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
        >>> train, test = torch.tensor([[0, 1], [0, 1]]), torch.tensor([[0, 1], [2, 0]])
        >>> ranking(user, item, (train, test), k=1, metrics=["recall"])["recall@1"].mean
        0.5
    """
    found = user_scores(user, item, split, k=k, metrics=metrics, part=part, block_size=block_size)
    protocol = (
        f"{len(found.user):,} users with a {part if isinstance(split, RankingSplit) else 'test'} "
        f"item, ranks among all {len(item):,} items but the user's known ones; one embedding"
    )
    return Result({name: (float(v.mean()),) for name, v in found.scores.items()}, protocol)


def user_scores(
    user: Tensor,
    item: Tensor,
    split: RankingSplit | Pairs,
    *,
    k: int | Sequence[int] = (20,),
    metrics: Sequence[str] = tuple(METRICS),
    part: str = "test",
    block_size: int | None = None,
) -> UserScores:
    r"""The values of each user behind :func:`ranking`, whose arguments these are."""
    ks = [check_int(n, "k", minimum=1) for n in ([k] if isinstance(k, int) else k)]
    if not ks:
        raise ValueError(f"k must hold at least one number, got {k}")
    names = check_metrics(tuple(metrics))
    known, wanted = pairs_of(split, part)
    check_interactions(wanted, len(user), len(item), part)
    if not wanted.size(1):
        raise ValueError(f"the {part} part must hold at least one interaction, got none")
    keys = interaction_keys(wanted.to(item.device), len(item))
    users, num_test = (keys // len(item)).unique_consecutive(return_counts=True)
    _, items = top_items(
        user.detach(),
        item.detach(),
        max(ks),
        exclude=known.to(item.device),
        users=users,
        block_size=block_size,
    )
    hits = interacted(keys, users[:, None], items, len(item))  # [U, K]
    scores = {f"{m}@{n}": METRICS[m](hits[:, :n], num_test) for n in ks for m in names}
    return UserScores(users, scores, hits, items)


def pairs_of(split: RankingSplit | Pairs, part: str) -> Pairs:
    r"""The pairs to leave out and the pairs to find, for a part of a split."""
    if not isinstance(split, RankingSplit):
        if not isinstance(split, tuple) or len(split) != 2:
            raise TypeError(f"split must be a RankingSplit or two tensors of pairs, got {split!r}")
        return split
    check_choice(part, "part", ("val", "test"))
    train = split.data[RATES].edge_index
    if part == "val":
        return train, split.val
    return torch.cat([train, split.val.to(train.device)], dim=1), split.test
