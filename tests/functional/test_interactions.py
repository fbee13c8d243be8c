import pytest
import torch

from gcl.functional.interactions import (
    check_interactions,
    interacted,
    interaction_keys,
    user_slices,
)

PAIRS = torch.tensor([[2, 0, 2, 2], [1, 3, 0, 1]])


def test_keys_are_sorted_and_each_once():
    keys = interaction_keys(PAIRS, 4)
    assert keys.tolist() == [3, 8, 9]
    assert interaction_keys(torch.tensor([[0, 2], [3, 0]], dtype=torch.int32), 4).tolist() == [3, 8]
    assert user_slices(keys, 3, 4).tolist() == [0, 1, 1, 3]


def test_look_ups_agree_with_a_table():
    seen = torch.rand(6, 5) < 0.5
    keys = interaction_keys(seen.nonzero().t(), 5)
    found = interacted(keys, torch.arange(6)[:, None], torch.arange(5), 5)
    assert torch.equal(found, seen)


def test_no_keys_and_no_item():
    nothing = torch.empty(0, dtype=torch.long)
    assert not interacted(nothing, torch.tensor([0]), torch.tensor([0]), 4).any()
    # user 1 and item -1 would have the key of user 0 and item 3
    assert not interacted(interaction_keys(PAIRS, 4), torch.tensor(1), torch.tensor(-1), 4)


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        (PAIRS.float(), TypeError, "must be an integer tensor"),
        (PAIRS[0], ValueError, r"must have shape \[2, E\]"),
        (PAIRS.flip(0), ValueError, r"hold users in \[0, 3\), got 3"),
        (PAIRS + 1, ValueError, r"hold users in \[0, 3\), got 3"),
        (torch.tensor([[0], [4]]), ValueError, r"hold items in \[0, 4\), got 4"),
        (torch.tensor([[0], [-2]]), ValueError, r"hold items in \[0, 4\), got -2"),
    ],
)
def test_bad_pairs(pairs, error, message):
    with pytest.raises(error, match=message):
        check_interactions(pairs, 3, 4)
    assert check_interactions(PAIRS, 3, 4) is PAIRS
