import itertools

import pytest
import torch

from gcl.evaluation import ranking, ranking_groups, user_scores

USERS, ITEMS = 40, 30


@pytest.fixture
def case():
    rate = torch.rand(USERS, 1) * 0.5 + torch.linspace(0.4, 0.0, ITEMS)
    drawn = torch.rand(USERS, ITEMS)
    known = (drawn < rate).nonzero().t()
    wanted = ((drawn >= rate) & (drawn < rate + 0.15)).nonzero().t()
    return torch.randn(USERS, 4), torch.randn(ITEMS, 4), (known, wanted)


def test_groups_of_users_make_up_the_whole(case):
    user, item, pairs = case
    groups = ranking_groups(user, item, pairs, num_groups=4, k=5, metrics=["recall", "mrr"])
    whole = ranking(user, item, pairs, k=5, metrics=["recall", "mrr"])
    assert 3 <= len(groups) <= 4
    assert all(a.high < b.low for a, b in itertools.pairwise(groups))
    total = sum(group.count for group in groups)
    assert total == len(pairs[1][0].unique())
    assert max(group.count for group in groups) < total / 2
    assert sum(group.test for group in groups) == pairs[1].size(1)
    for name in ("recall@5", "mrr@5"):
        mean = sum(group.scores[name] * group.count for group in groups) / total
        assert mean == pytest.approx(whole[name].mean)


def test_a_group_of_users_holds_those_of_its_activity(case):
    user, item, pairs = case
    group = ranking_groups(user, item, pairs, num_groups=3, k=5, metrics=["recall"])[0]
    found = user_scores(user, item, pairs, k=5, metrics=["recall"])
    activity = pairs[0][0].bincount(minlength=USERS)[found.user]
    inside = (activity >= group.low) & (activity <= group.high)
    assert int(inside.sum()) == group.count
    assert float(found.scores["recall@5"][inside].mean()) == group.scores["recall@5"]


def test_recalls_of_groups_of_items_add_up(case):
    user, item, pairs = case
    groups = ranking_groups(user, item, pairs, by="items", num_groups=5, k=5)
    assert sum(group.count for group in groups) == ITEMS
    assert sum(group.test for group in groups) == pairs[1].size(1)
    total = sum(group.scores["recall@5"] for group in groups)
    assert total == pytest.approx(ranking(user, item, pairs, k=5)["recall@5"].mean)
    assert sum(group.scores["shown@5"] for group in groups) == pytest.approx(1.0)
    found = sum(group.scores["hits@5"] * group.test for group in groups)
    assert round(found) == int(user_scores(user, item, pairs, k=5).hits.sum())


def test_popularity_bias_is_seen():
    """Scores by popularity alone show nothing but the group of the most popular items."""
    popularity = torch.arange(20)
    known = torch.stack([torch.arange(190), torch.arange(20).repeat_interleave(popularity)])
    wanted = torch.stack([torch.arange(190), torch.randint(20, (190,))])
    item = popularity[:, None].float()
    groups = ranking_groups(torch.ones(190, 1), item, (known, wanted), by="items", k=2)
    assert groups[-1].scores["shown@2"] == 1.0
    assert groups[0].scores == {"recall@2": 0.0, "hits@2": 0.0, "shown@2": 0.0}


def test_rows_and_equal_levels():
    pairs = (torch.tensor([[0, 1], [0, 1]]), torch.tensor([[0, 1], [1, 0]]))
    (group,) = ranking_groups(torch.eye(2), torch.eye(2), pairs, k=1, metrics=["recall"])
    assert group.row() == {"interactions": "1", "count": 2, "test": 2, "recall@1": 1.0}


def test_bad_input(case):
    with pytest.raises(ValueError, match="by must be one of users, items"):
        ranking_groups(*case, by="sex")
    with pytest.raises(ValueError, match="num_groups must be at least 1"):
        ranking_groups(*case, num_groups=0)
