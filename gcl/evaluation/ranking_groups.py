r"""Who is served by a recommender: metrics by user activity, and hits by item popularity.

Legend: I users, J items, D width, T test pairs, U users with a test item, G groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gcl.checks import check_choice, check_int
from gcl.evaluation.ranking import Pairs, UserScores, pairs_of, user_scores
from gcl.functional.interactions import interaction_keys
from gcl.loaders import RankingSplit


@dataclass(frozen=True)
class RankingGroup:
    r"""One group of users or of items.

    Args:
        low: the fewest training interactions in the group.
        high: the most.
        count: users with a test item, or items.
        test: test interactions of the group.
        scores: metrics of the group by name.
    """

    low: int
    high: int
    count: int
    test: int
    scores: dict[str, float]

    @property
    def label(self) -> str:
        r"""The range of training interactions: ``"3-7"``, or ``"3"``."""
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"

    def row(self) -> dict[str, Any]:
        r"""The group as one flat row of a table."""
        counts = {"interactions": self.label, "count": self.count, "test": self.test}
        return {**counts, **self.scores}


def ranking_groups(
    user: Tensor,
    item: Tensor,
    split: RankingSplit | Pairs,
    *,
    by: str = "users",
    num_groups: int = 5,
    k: int = 20,
    metrics: Sequence[str] = ("recall", "ndcg"),
    part: str = "test",
) -> list[RankingGroup]:
    r"""Split :func:`~gcl.evaluation.ranking` by user activity or by item popularity.

    These are the questions of `LightGCL <https://arxiv.org/abs/2302.08191>`_: does a method serve
    users with few interactions, and does it recommend anything but popular items?

    - ``by="users"``: users with a test item, sorted by their number of training interactions, in
      groups of about equally many; a group's metrics are means over its users.
    - ``by="items"``: all items, sorted by their number of training interactions, in groups that
      hold about equally many *test interactions*. ``"recall@k"`` is the group's share of the
      overall recall, the mean over users of (hits in the group) / (all test items of the user), so
      that the column sums to the overall value (as in `SGL <https://arxiv.org/abs/2010.10783>`_).
      ``"hits@k"`` is the share of the group's own test interactions that are found, and
      ``"shown@k"`` its share of all recommended places.

    Validation interactions of a split count as training ones where the test part is scored, as
    they do for the ranking. Equal numbers of interactions are never parted, so that there can be
    fewer groups than asked for.

    Args:
        user: embeddings of all users.
        item: embeddings of all items.
        split: as in :func:`~gcl.evaluation.ranking`.
        by: ``"users"`` or ``"items"``.
        num_groups: G, how many groups at most.
        k: K of the metrics.
        metrics: metrics of groups of users.
        part: ``"test"`` or ``"val"``, of a split.

    Shapes:
        user [I, D], item [J, D]

    Returns:
        Groups, fewest interactions first.

    Raises:
        TypeError, ValueError: as :func:`~gcl.evaluation.ranking`, and for an unknown ``by``.

    Cost:
        As :func:`~gcl.evaluation.ranking`.

    Example:
        >>> user, item = torch.eye(2), torch.eye(2)[[0, 1, 0, 1]]
        >>> train, test = torch.tensor([[0, 1, 1], [0, 1, 0]]), torch.tensor([[0, 1], [2, 3]])
        >>> [group.row() for group in ranking_groups(user, item, (train, test), k=1)]
        [{'interactions': '1', 'count': 1, 'test': 1, 'recall@1': 1.0, 'ndcg@1': 1.0},
         {'interactions': '2', 'count': 1, 'test': 1, 'recall@1': 1.0, 'ndcg@1': 1.0}]
    """
    check_choice(by, "by", ("users", "items"))
    check_int(num_groups, "num_groups", minimum=1)
    found = user_scores(user, item, split, k=k, metrics=metrics, part=part)
    known, wanted = (_each_once(pairs.to(item.device), item) for pairs in pairs_of(split, part))
    if by == "users":
        return _of_users(found, known, wanted, len(user), num_groups)
    return _of_items(found, known, wanted, len(item), num_groups, k)


def _each_once(pairs: Tensor, item: Tensor) -> Tensor:
    keys = interaction_keys(pairs, len(item))
    return torch.stack([keys // len(item), keys % len(item)])


def _of_users(
    found: UserScores, known: Tensor, wanted: Tensor, num_users: int, num_groups: int
) -> list[RankingGroup]:
    activity = known[0].bincount(minlength=num_users)[found.user]
    tests = wanted[0].bincount(minlength=num_users)[found.user]
    groups = []
    for members in _equal_parts(activity, torch.ones_like(activity), num_groups):
        scores = {name: float(values[members].mean()) for name, values in found.scores.items()}
        total = int(tests[members].sum())
        groups.append(_group(activity[members], int(members.sum()), total, scores))
    return groups


def _of_items(
    found: UserScores, known: Tensor, wanted: Tensor, num_items: int, num_groups: int, k: int
) -> list[RankingGroup]:
    popularity = known[1].bincount(minlength=num_items)
    tests = wanted[1].bincount(minlength=num_items)
    num_test = wanted[0].bincount()[found.user]
    shown = found.items[found.items >= 0].bincount(minlength=num_items)
    hits = found.items[found.hits].bincount(minlength=num_items)
    share = (1 / num_test.double())[:, None].expand_as(found.hits)[found.hits]
    gain = torch.zeros(num_items, dtype=torch.float64, device=tests.device)
    gain.index_add_(0, found.items[found.hits], share / len(found.user))
    groups = []
    for members in _equal_parts(popularity, tests, num_groups):
        total = int(tests[members].sum())
        scores = {
            f"recall@{k}": float(gain[members].sum()),
            f"hits@{k}": float(hits[members].sum()) / max(total, 1),
            f"shown@{k}": float(shown[members].sum() / shown.sum()),
        }
        groups.append(_group(popularity[members], int(members.sum()), total, scores))
    return groups


def _group(level: Tensor, count: int, test: int, scores: dict[str, float]) -> RankingGroup:
    return RankingGroup(int(level.min()), int(level.max()), count, test, scores)


def _equal_parts(level: Tensor, weight: Tensor, num_groups: int) -> list[Tensor]:
    r"""Masks of groups of ascending level with about equal weight; equal levels stay together."""
    levels, place = level.unique(return_inverse=True)
    total = torch.zeros(len(levels), dtype=torch.float64, device=level.device)
    total.index_add_(0, place, weight.double())
    middle = total.cumsum(0) - total / 2
    group = (middle / total.sum() * num_groups).long().clamp(max=num_groups - 1)
    return [(group == g)[place] for g in group.unique()]
