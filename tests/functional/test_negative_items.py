import importlib

import pytest
import torch

from gcl.functional.negative_items import NegativeItems, negative_items, popularity

module = importlib.import_module("gcl.functional.negative_items")  # a function has its name too
NUM_USERS, NUM_ITEMS, DRAWS = 6, 9, 4000


@pytest.fixture
def seen():
    table = torch.rand(NUM_USERS, NUM_ITEMS) < 0.5
    table[0] = False  # has all items to draw from
    table[1] = True  # has one
    table[1, 4] = False
    return table


def weights(kind, seen):
    if kind is None:
        return None
    return (
        torch.rand(NUM_ITEMS)
        if kind == "random"
        else torch.tensor([0.0, 1.0] * 4 + [5.0]) + (torch.arange(NUM_ITEMS) == 4)
    )


@pytest.mark.parametrize("rounds", [0, 16])
@pytest.mark.parametrize("kind", [None, "random", "some are zero"])
def test_draws_are_free_items_in_proportion_to_their_weights(seen, kind, rounds, monkeypatch):
    monkeypatch.setattr(module, "_ROUNDS", rounds)  # 0: all are drawn from written-out weights
    weight = weights(kind, seen)
    user = torch.arange(NUM_USERS).repeat(DRAWS)
    item = negative_items(user, seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=weight)
    assert item.shape == user.shape
    assert not seen[user, item].any()
    share = torch.zeros(NUM_USERS, NUM_ITEMS)
    share.index_put_((user, item), torch.tensor(1 / DRAWS), accumulate=True)
    expected = (~seen).double() * (1.0 if weight is None else weight)
    expected /= expected.sum(1, keepdim=True)
    assert (share - expected).abs().max() < 0.03  # four standard deviations
    assert (share[expected == 0] == 0).all()


@pytest.mark.parametrize("weight", [None, torch.arange(NUM_ITEMS) + 1.0])
def test_reproducible_by_generator(seen, weight):
    user = torch.randint(NUM_USERS, (50,))
    sampler = NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=weight)
    draws = [sampler(user, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_listing_order_and_repeats_do_not_matter(seen):
    pairs = seen.nonzero().t()
    mixed = pairs[:, torch.randperm(pairs.size(1))].repeat(1, 2)
    user = torch.randint(NUM_USERS, (50,))
    draws = [
        negative_items(user, p, NUM_USERS, NUM_ITEMS, generator=torch.Generator().manual_seed(1))
        for p in (pairs, mixed)
    ]
    assert torch.equal(*draws)


def test_no_draws(seen):
    nobody = torch.empty(0, dtype=torch.long)
    assert negative_items(nobody, seen.nonzero().t(), NUM_USERS, NUM_ITEMS).tolist() == []


def test_users_without_a_free_item_are_named(seen):
    seen[2] = True
    sampler = NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS)
    sampler(torch.tensor([0, 1, 3]))
    with pytest.raises(ValueError, match="user 2 has interacted with all 9 items"):
        sampler(torch.tensor([0, 2]))
    weight = torch.ones(NUM_ITEMS)
    weight[4] = 0.0  # the one item that user 1 has left
    sampler = NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=weight)
    with pytest.raises(ValueError, match="user 1 has .* all 9 items of positive weight"):
        sampler(torch.tensor([0, 1]))


@pytest.mark.parametrize(
    "weight", [torch.ones(3), -torch.ones(NUM_ITEMS), torch.full((NUM_ITEMS,), torch.inf)]
)
def test_bad_weights(seen, weight):
    with pytest.raises(ValueError, match="weight must h"):
        NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=weight)
    with pytest.raises(ValueError, match="one of them above 0"):
        NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=torch.zeros(NUM_ITEMS))


def test_popularity_is_a_power_of_the_counts():
    pairs = torch.tensor([[0, 1, 2, 3, 0], [2, 2, 2, 2, 0]])
    assert popularity(pairs, 4, exponent=0.5).tolist() == [1.0, 0.0, 2.0, 0.0]
    assert popularity(pairs, 4, exponent=0.0).tolist() == [1.0] * 4
    with pytest.raises(ValueError, match="exponent must be a finite number, 0 or above"):
        popularity(pairs, 4, exponent=-1.0)


def test_different_items_are_free_and_equally_likely(seen):
    sampler = NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS)
    user = torch.arange(NUM_USERS)
    free = (~seen).sum(1)
    assert torch.equal(sampler.free(user), free)
    count = free.clamp(max=3)
    found = sampler.different(user.repeat(DRAWS), count.repeat(DRAWS)).view(DRAWS, NUM_USERS, 3)
    share = torch.zeros(NUM_USERS, NUM_ITEMS)
    for u in range(NUM_USERS):
        items = found[:, u, : count[u]]
        assert (found[:, u, count[u] :] == -1).all()
        assert (items.sort(1).values.diff(dim=1) > 0).all()
        share[u] = items.flatten().bincount(minlength=NUM_ITEMS) / DRAWS
    expected = (~seen) * (count / free)[:, None]
    assert (share - expected).abs().max() < 0.04
    assert (share[seen] == 0).all()


def test_different_items_have_equal_weights_only(seen):
    sampler = NegativeItems(seen.nonzero().t(), NUM_USERS, NUM_ITEMS, weight=torch.ones(NUM_ITEMS))
    with pytest.raises(ValueError, match="different items are drawn with equal weights only"):
        sampler.different(torch.tensor([0]), torch.tensor([1]))


@pytest.mark.parametrize(
    ("user", "error", "message"),
    [
        (torch.tensor([-1]), ValueError, r"user must lie in \[0, 4\), got -1"),
        (torch.tensor([0, 4]), ValueError, r"user must lie in \[0, 4\), got 4"),
        (torch.tensor([0.0]), TypeError, "user must be an integer tensor"),
        (torch.tensor([[0]]), ValueError, r"user must have shape \[B\]"),
    ],
)
def test_bad_users(user, error, message):
    with pytest.raises(error, match=message):
        negative_items(user, torch.tensor([[0, 1], [1, 0]]), 4, 3)


@pytest.mark.parametrize("weight", [None, torch.ones(100_000)])
def test_users_of_32_bits_are_numbered_without_overflow(weight):
    user = torch.full((9,), 50_000, dtype=torch.int32)  # times 100,000 items: beyond 32 bits
    seen = torch.tensor([[50_000], [7]])
    found = negative_items(user, seen, 60_000, 100_000, weight=weight)
    assert found.dtype == torch.int64
    assert bool(((found >= 0) & (found < 100_000) & (found != 7)).all())


def test_different_items_of_users_of_32_bits():
    few = torch.tensor([[60_000] * 69_997, list(range(69_997))])
    negatives = NegativeItems(few, 70_000, 70_000)
    user, count = torch.tensor([60_000], dtype=torch.int32), torch.tensor([3])
    assert negatives.different(user, count).sort().values.tolist() == [[69_997, 69_998, 69_999]]
