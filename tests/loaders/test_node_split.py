import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gcl.loaders import NodeSplit, random_split


def masks(*rows):
    return [torch.tensor(row, dtype=torch.bool) for row in rows]


def covered(split):
    return split.train.int() + split.val.int() + split.test.int()


def test_split_holds_masks_and_sizes():
    train, val, test = masks([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0])
    split = NodeSplit(train, val, test)
    assert split.sizes == (1, 1, 1)
    with pytest.raises(AttributeError):
        split.train = val


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (([1, 0, 0], [1, 0, 0], [0, 0, 1]), "train and val must not overlap, got 1 shared"),
        (([1, 0, 0], [0, 0, 0], [1, 0, 1]), "train and test must not overlap, got 1 shared"),
        (([1, 0, 0], [0, 1, 1], [0, 1, 1]), "val and test must not overlap, got 2 shared"),
        (([0, 0, 0], [0, 1, 0], [0, 0, 1]), "train must hold at least one node"),
        (([1, 0, 0], [0, 1, 0], [0, 0, 0]), "test must hold at least one node"),
        (([1, 0, 0], [0, 1], [0, 0, 1]), r"val must be a mask of shape \[3\]"),
    ],
)
def test_split_refuses(rows, message):
    with pytest.raises(ValueError, match=message):
        NodeSplit(*masks(*rows))


def test_split_refuses_indices():
    train, val, _ = masks([1, 0, 0], [0, 1, 0], [0, 0, 1])
    with pytest.raises(TypeError, match=r"test must be a boolean mask .* torch.int64"):
        NodeSplit(train, val, torch.tensor([0, 0, 1]))


@settings(max_examples=50, deadline=None)
@given(
    num_nodes=st.integers(20, 300),
    train=st.floats(0.06, 0.5),
    val=st.sampled_from([0.0, 0.06, 0.1, 0.4]),
    seed=st.integers(0, 2**31),
)
def test_random_split_covers_every_node_once(num_nodes, train, val, seed):
    split = random_split(num_nodes, train=train, val=val, seed=seed)
    assert (covered(split) == 1).all()
    assert split.sizes[0] == int(train * num_nodes + 1e-9)
    assert split.sizes[1] == int(val * num_nodes + 1e-9)


@settings(max_examples=50, deadline=None)
@given(
    y=st.lists(st.integers(-1, 4), min_size=60, max_size=200),
    seed=st.integers(0, 9),
    s=st.booleans(),
)
def test_unlabelled_nodes_are_in_no_part_and_nothing_else_is_lost(y, seed, s):
    y = torch.tensor([0] * 10 + y)
    split = random_split(len(y), y=y, seed=seed, stratified=s)
    assert torch.equal(covered(split), (y >= 0).int())


@settings(max_examples=50, deadline=None)
@given(counts=st.lists(st.integers(1, 60), min_size=2, max_size=6), seed=st.integers(0, 99))
def test_stratified_parts_are_proportional(counts, seed):
    y = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts) + 20)
    y = y[torch.randperm(len(y))]
    split = random_split(len(y), train=0.2, val=0.3, seed=seed, y=y, stratified=True)
    for part, share in ((split.train, 0.2), (split.val, 0.3), (split.test, 0.5)):
        off = y[part].bincount(minlength=len(counts)) - share * y.bincount()
        assert off.abs().max() <= 2


def test_stratified_train_part_misses_no_class():
    y = torch.tensor([0] * 95 + [1, 2, 3, 4, 5])
    for seed in range(10):
        train = random_split(100, y=y, seed=seed, stratified=True).train
        assert set(y[train].tolist()) == set(range(6))


def test_seed_decides_and_global_state_is_untouched():
    state = torch.get_rng_state()
    a, b, c = (random_split(100, seed=s) for s in (1, 1, 2))
    assert torch.equal(a.train, b.train)
    assert torch.equal(a.val, b.val)
    assert not torch.equal(a.train, c.train)
    assert torch.equal(state, torch.get_rng_state())


def test_sizes_round_down_exactly():
    assert random_split(2708).sizes == (270, 270, 2168)
    assert random_split(100, train=0.29).sizes == (29, 10, 61)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"train": 0.0}, ValueError, "train must be above 0.* got 0.0 and 0.1"),
        ({"train": 0.9, "val": 0.1}, ValueError, "sum below 1, got 0.9 and 0.1"),
        ({"val": -0.1}, ValueError, "got 0.1 and -0.1"),
        ({"train": "0.1"}, TypeError, "train must be a number, got '0.1'"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"stratified": True}, ValueError, "stratified=True needs the labels y"),
        ({"y": torch.rand(20)}, TypeError, "y must hold integer class labels"),
        ({"y": torch.zeros(19, dtype=torch.long)}, ValueError, r"y must have shape \[20\]"),
        ({"train": 0.01}, ValueError, "train=0.01 .* of 20 labelled nodes give parts of 0/2/18"),
        ({"y": -torch.ones(20, dtype=torch.long)}, ValueError, "of 0 labelled nodes"),
    ],
)
def test_random_split_refuses(options, error, message):
    with pytest.raises(error, match=message):
        random_split(20, **options)
