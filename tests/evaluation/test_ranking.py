import math

import pytest
import torch

from gcl.checks import NonFiniteError
from gcl.datasets import interactions, load
from gcl.evaluation import Result, ranking, user_scores
from gcl.functional.interaction_data import RATES
from gcl.loaders import ranking_split


def slow(user, item, known, wanted, k):
    """Plain Python, one user after the other, in float64."""
    values = {name: [] for name in ("recall", "ndcg", "precision", "hit_rate", "mrr", "map")}
    for u in range(len(user)):
        test = {i for v, i in wanted.t().tolist() if v == u}
        seen = {i for v, i in known.t().tolist() if v == u}
        if not test:
            continue
        scores = [float(user[u].double() @ e.double()) for e in item]
        order = sorted((i for i in range(len(item)) if i not in seen), key=lambda i: -scores[i])
        hits = [i in test for i in order[:k]] + [False] * (k - len(order))
        total, first = sum(hits), hits.index(True) + 1 if any(hits) else math.inf
        gain = sum(1 / math.log2(r + 2) for r, hit in enumerate(hits) if hit)
        precisions = [sum(hits[: r + 1]) / (r + 1) for r, hit in enumerate(hits) if hit]
        ideal = min(k, len(test))
        values["recall"].append(total / len(test))
        values["ndcg"].append(gain / sum(1 / math.log2(r + 2) for r in range(ideal)))
        values["precision"].append(total / k)
        values["hit_rate"].append(float(total > 0))
        values["mrr"].append(1 / first)
        values["map"].append(sum(precisions) / ideal)
    return {f"{name}@{k}": sum(v) / len(v) for name, v in values.items()}


@pytest.fixture
def case():
    """Small whole numbers, so that many scores are equal; some users have no test item."""
    user, item = torch.randint(-1, 2, (12, 3)).float(), torch.randint(-1, 2, (17, 3)).float()
    drawn = torch.rand(12, 17)
    drawn[[2, 5]] = 1.0
    drawn[7, :15] = 0.0  # two items are left for user 7
    known, wanted = (drawn < 0.3).nonzero().t(), ((drawn >= 0.3) & (drawn < 0.5)).nonzero().t()
    wanted = torch.cat([wanted, torch.tensor([[7], [16]])], dim=1).unique(dim=1)
    return user, item, known, wanted


@pytest.mark.parametrize("block_size", [1, 5, None])
def test_equals_a_slow_reference(case, block_size):
    user, item, known, wanted = case
    result = ranking(user, item, (known, wanted), k=(1, 3, 17), block_size=block_size)
    expected = {}
    for k in (1, 3, 17):
        expected |= slow(user, item, known, wanted, k)
    assert {name: score.mean for name, score in result.items()} == pytest.approx(expected)
    assert next(iter(result)) == "recall@1"
    assert isinstance(result, Result)
    assert "among all 17 items" in result.protocol


def test_test_items_that_are_training_items_too_are_never_found():
    user, item = torch.ones(1, 1), torch.tensor([[3.0], [2.0], [1.0]])
    known, wanted = torch.tensor([[0], [0]]), torch.tensor([[0, 0], [0, 1]])
    result = ranking(user, item, (known, wanted), k=3, metrics=["recall", "mrr"])
    assert {name: score.mean for name, score in result.items()} == {"recall@3": 0.5, "mrr@3": 1.0}


def test_order_and_repeats_of_pairs_do_not_matter(case):
    user, item, known, wanted = case
    mixed = [p[:, torch.randperm(p.size(1))].repeat(1, 2) for p in (known, wanted)]
    assert (
        ranking(user, item, tuple(mixed)[:2], k=5).raw
        == ranking(user, item, (known, wanted), k=5).raw
    )


def test_validation_items_are_known_when_the_test_part_is_scored():
    listed = torch.cartesian_prod(torch.arange(5), torch.arange(10)).t()
    split = ranking_split(interactions(listed, num_items=12), "ratio", val=0.2, test=0.2)
    user, item = torch.randn(5, 4), torch.randn(12, 4)
    train = split.data[RATES].edge_index
    known = torch.cat([train, split.val], dim=1)
    assert ranking(user, item, split, k=2).raw == ranking(user, item, (known, split.test), k=2).raw
    on_val = ranking(user, item, split, k=2, part="val")
    assert on_val.raw == ranking(user, item, (train, split.val), k=2).raw
    assert "validation" not in on_val.protocol
    assert "with a val item" in on_val.protocol


def test_values_of_each_user(case):
    user, item, known, wanted = case
    found = user_scores(user, item, (known, wanted), k=4, metrics=["precision"])
    assert found.user.tolist() == wanted[0].unique().tolist()
    assert found.items.shape == found.hits.shape == (len(found.user), 4)
    assert torch.allclose(found.scores["precision@4"], found.hits.double().mean(1))


def test_random_embeddings_score_at_chance():
    num_items = 200
    wanted = torch.stack([torch.arange(400), torch.randint(num_items, (400,))])
    user, item = torch.randn(400, 8), torch.randn(num_items, 8)
    nothing = torch.empty(2, 0, dtype=torch.long)
    result = ranking(user, item, (nothing, wanted), k=20, metrics=["recall"])
    assert abs(result.mean - 0.1) < 0.06


def test_bad_input(case):
    user, item, known, wanted = case
    pairs = (known, wanted)
    with pytest.raises(ValueError, match="k must be at most 17, the number of items; got 18"):
        ranking(user, item, pairs, k=18)
    with pytest.raises(NonFiniteError, match="user must be finite, got nan at row 3"):
        ranking(user.index_fill(0, torch.tensor([3]), torch.nan), item, pairs, k=2)
    with pytest.raises(ValueError, match="k must hold at least one number"):
        ranking(user, item, pairs, k=())
    with pytest.raises(ValueError, match="k must be at least 1"):
        ranking(user, item, pairs, k=0)
    with pytest.raises(ValueError, match="test part must hold at least one interaction"):
        ranking(user, item, (known, wanted[:, :0]), k=2)
    with pytest.raises(ValueError, match=r"test must hold items in \[0, 16\), got 16"):
        ranking(user, item[:-1], pairs, k=2)
    with pytest.raises(TypeError, match="split must be a RankingSplit or two tensors"):
        ranking(user, item, known, k=2)
    split = ranking_split(interactions(known), "ratio")
    with pytest.raises(ValueError, match="part must be one of val, test"):
        ranking(user, item, split, k=2, part="train")


@pytest.fixture
def lastfm(data_root, tmp_path, monkeypatch):
    """A split of LastFM with its interactions R, item degrees and normalised interactions A."""
    monkeypatch.setenv("GCL_CACHE", str(tmp_path))
    split = ranking_split(load("lastfm", data_root)[0], val=0.0)
    r = torch.zeros(1892, 4489)
    r[tuple(split.data[RATES].edge_index)] = 1.0
    degree = r.sum(0).clamp(min=1)
    return split, r, degree, r / r.sum(1, keepdim=True).clamp(min=1).sqrt() / degree.sqrt()


def scores(split, user, item):
    result = ranking(user, item, split, k=(20, 40), metrics=["recall", "ndcg"])
    return [score.mean for score in result.values()]


@pytest.mark.realdata
def test_closed_form_recommenders_on_lastfm(lastfm):
    """Their scores were computed independently, with dense matrices; so this pins the protocol."""
    split, r, _, a = lastfm
    popular = scores(split, torch.ones(1892, 1), r.sum(0)[:, None])
    assert popular[:2] == pytest.approx([0.0365, 0.0210], abs=4e-4)  # many equal scores
    assert popular[2:] == pytest.approx([0.0694, 0.0325], abs=1e-3)
    linear = scores(split, r @ a.t(), a.t().contiguous())
    assert linear == pytest.approx([0.2714, 0.2071, 0.3756, 0.2445], abs=5.1e-5)


@pytest.mark.slow
@pytest.mark.realdata
def test_ideal_low_pass_filters_on_lastfm(lastfm):
    split, r, degree, a = lastfm
    v = torch.linalg.svd(a, full_matrices=False).Vh
    for q, expected in ((5, [0.1252, 0.0852]), (64, [0.2427, 0.1850]), (128, [0.2617, 0.2026])):
        user, item = (r / degree.sqrt()) @ v[:q].t(), degree.sqrt()[:, None] * v[:q].t()
        assert scores(split, user, item)[:2] == pytest.approx(expected, abs=5.1e-5)
