import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets import interactions
from gcl.functional.interaction_data import RATED, RATES
from gcl.loaders import ranking_split


def pairs(edge_index):
    return set(map(tuple, edge_index.t().tolist()))


def per_user(edge_index, num_users):
    return edge_index[0].bincount(minlength=num_users).tolist()


@pytest.fixture
def data():
    """User u has u + 1 interactions, users 0 to 11, of 20 items."""
    listed = [(u, (3 * u + i) % 20) for u in range(12) for i in range(u + 1)]
    return interactions(torch.tensor(listed).t(), num_items=20)


def given(data):
    rates = data[RATES]
    held = rates.edge_index[:, ::6]
    kept = torch.ones(rates.edge_index.size(1), dtype=torch.bool)
    kept[::6] = False
    return interactions(rates.edge_index[:, kept], num_users=12, num_items=20, test_edge_index=held)


@pytest.mark.parametrize("protocol", ["given", "ratio", "leave_one_out"])
def test_parts_are_disjoint_and_all_there(data, protocol):
    data = given(data)
    before = pairs(data[RATES].edge_index)
    split = ranking_split(data, protocol, val=0.2, test=0.3)
    train = split.data[RATES].edge_index
    parts = [pairs(train), pairs(split.val), pairs(split.test)]
    everything = before | pairs(data[RATES].test_edge_index)
    assert set.union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
    assert all(parts)
    assert torch.equal(split.data[RATED].edge_index, train.flip(0))
    assert "test_edge_index" not in split.data[RATES]
    keys = train[0] * 20 + train[1]
    assert (keys.diff() > 0).all()
    assert (split.data["user"].num_nodes, split.data["item"].num_nodes) == (12, 20)
    assert pairs(data[RATES].edge_index) == before  # the input is as it was


def test_given_keeps_the_test_part_and_draws_validation_from_training(data):
    data = given(data)
    split = ranking_split(data, val=0.3)
    assert torch.equal(split.test, data[RATES].test_edge_index)
    count = data[RATES].edge_index[0].bincount(minlength=12).tolist()
    assert per_user(split.val, 12) == [max(1, int(0.3 * n)) if n > 1 else 0 for n in count]
    assert ranking_split(data, val=0.0).val.shape == (2, 0)


def test_ratio_takes_shares_of_each_user(data):
    split = ranking_split(data, "ratio", val=0.1, test=0.2)
    counts = range(1, 13)
    held = [(max(1, int(0.2 * n)), max(1, int(0.1 * n))) for n in counts]
    held = [h if n > sum(h) else (0, 0) for n, h in zip(counts, held, strict=True)]
    assert per_user(split.test, 12) == [test for test, _ in held]
    assert per_user(split.val, 12) == [val for _, val in held]
    assert per_user(split.data[RATES].edge_index, 12)[:2] == [1, 2]  # too few: all in training


def test_leave_one_out_by_time():
    user, item = torch.tensor([0, 0, 0, 0, 1, 1, 2]), torch.tensor([4, 3, 2, 1, 0, 1, 2])
    time = torch.tensor([3, 9, 1, 7, 5, 6, 1])
    data = interactions(torch.stack([user, item]), time=time)
    split = ranking_split(data, "leave_one_out")
    assert pairs(split.test) == {(0, 3)}
    assert pairs(split.val) == {(0, 1)}
    assert pairs(split.data[RATES].edge_index) == {(0, 2), (0, 4), (1, 0), (1, 1), (2, 2)}
    assert split.data[RATES].time.tolist() == [1, 3, 5, 6, 1]
    assert pairs(ranking_split(data, "leave_one_out", val=0).test) == {(0, 3), (1, 1)}


def test_leave_one_out_without_times_is_uniform():
    data = interactions(torch.stack([torch.zeros(3).long(), torch.arange(3)]))
    held = [int(ranking_split(data, "leave_one_out", val=0, seed=s).test[1]) for s in range(300)]
    assert min(torch.tensor(held).bincount().tolist()) > 70


def test_times_of_a_given_test_part_are_pooled():
    data = interactions(
        torch.tensor([[0, 0], [1, 2]]),
        time=torch.tensor([9, 1]),
        test_edge_index=torch.tensor([[0], [0]]),
        test_time=torch.tensor([5]),
    )
    split = ranking_split(data, "leave_one_out")
    assert (split.test.tolist(), split.val.tolist()) == ([[0], [1]], [[0], [0]])
    del data[RATES].test_time
    with pytest.raises(ValueError, match="but no test_time"):
        ranking_split(data, "leave_one_out")


@pytest.mark.parametrize("protocol", ["given", "ratio", "leave_one_out"])
def test_seeds(data, protocol):
    data = given(data)
    state = torch.get_rng_state()
    first, second, other = (ranking_split(data, protocol, seed=s) for s in (3, 3, 4))
    assert torch.equal(first.val, second.val)
    assert torch.equal(first.test, second.test)
    assert not torch.equal(first.val, other.val)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("protocol", "options", "message"),
    [
        ("random", {}, "protocol must be one of given, ratio, leave_one_out"),
        ("given", {}, "protocol='given' needs a test part"),
        ("ratio", {"val": 0.5, "test": 0.5}, "their sum below 1, got 0.5 and 0.5"),
        ("ratio", {"test": 0.0}, "test above 0"),
        ("ratio", {"seed": -1}, "seed must be at least 0"),
    ],
)
def test_bad_input(data, protocol, options, message):
    with pytest.raises(ValueError, match=message):
        ranking_split(data, protocol, **options)


def test_nothing_to_hold_out():
    data = interactions(torch.tensor([[0, 1], [0, 1]]))
    with pytest.raises(ValueError, match="no user has enough interactions"):
        ranking_split(data, "leave_one_out")
    with pytest.raises(TypeError, match="must be a HeteroData"):
        ranking_split(Data(), "ratio")


def test_a_given_test_part_without_an_interaction():
    edges = torch.tensor([[0, 0, 1], [0, 1, 0]])
    same = interactions(edges, test_edge_index=edges[:, :1])  # in training as well: left out
    with pytest.raises(ValueError, match="needs a test part, got one without an interaction"):
        ranking_split(same, "given")


@pytest.mark.parametrize(("share", "count", "held"), [(0.65, 180, 117), (0.53, 100, 53)])
def test_shares_are_not_rounded_below_what_they_are(share, count, held):
    edges = torch.stack([torch.zeros(count, dtype=torch.long), torch.arange(count)])
    split = ranking_split(interactions(edges), "ratio", val=0.0, test=share)
    assert split.test.size(1) == held
